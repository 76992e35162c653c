from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training.synthetic import some_clips

from earmark.embedders.identity import Identity
from earmark.errors import DataError, ModelError, UsageError
from earmark.formats import EmbeddingSet, Labels, write
from earmark.ontology import labels
from earmark.training.reading import read_sets
from earmark.training.settings import TrainSettings


def settings(**changes: Any) -> TrainSettings:
    return TrainSettings.model_validate(changes)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for at, split in enumerate(("bal_train", "eval", "unbal_train")):
        folder = Path("audioset", split)
        folder.mkdir(parents=True)
        write(folder / "00.tfrecord", some_clips(10 + at, seed=at))
        write(f"{split}.h5", some_clips(10 + at, seed=at))
    return tmp_path


def test_splits_of_one_folder(here: Path) -> None:
    chosen = settings(
        data={"split": "bal_train", "test": "eval"}, validation={"split": "unbal_train"}
    )
    data = read_sets("audioset", chosen)
    assert [len(part) for part in data.parts().values()] == [10, 12, 11]
    assert data.describe == "embeddings in `audioset`, split `bal_train`"


def test_sets_of_their_own(here: Path) -> None:
    data = read_sets(["bal_train.h5", "unbal_train.h5"], settings(), test="eval.h5")
    assert len(data.train) == 22
    assert data.test is not None
    assert data.test.ids == some_clips(11, seed=1).ids
    assert data.describe == "embeddings in `bal_train.h5`, `unbal_train.h5`"


def test_times_and_labels_from_a_list(here: Path) -> None:
    clips = some_clips(10)
    rows = [f'{name}, 0, 10, "{labels()[7].id}"' for name in clips.ids]
    Path("list.csv").write_text("# a list\n# of clips\n# by id\n" + "\n".join(rows) + "\n")
    bare = EmbeddingSet(
        frames=clips.frames,
        lengths=clips.lengths,
        ids=clips.ids,
        starts=np.full(10, np.nan),
        ends=np.full(10, np.nan),
        labels=Labels.none(10),
        table=labels(),
        identity=clips.identity,
    )
    write("bare.npz", bare)
    data = read_sets("bare.npz", settings(), segments=[Path("list.csv")])
    assert set(data.train.labels.values.tolist()) == {7}
    assert data.train.ends.tolist() == [10.0] * 10


def test_the_embedder_that_made_them_comes_along(here: Path) -> None:
    made = Identity("compact", "2")
    write("mine.npz", some_clips(5, identity=made))
    data = read_sets("mine.npz", settings(), embedder="compact")
    assert data.embedder is not None
    assert data.identity.name == "compact"
    with pytest.raises(ModelError, match=r"belongs to embedder"):
        read_sets("bal_train.h5", settings(), embedder="compact")


def test_what_is_not_there_is_named(here: Path) -> None:
    with pytest.raises(UsageError, match="has no split 'bal_train'"):
        read_sets("bal_train.h5", settings(data={"split": "bal_train"}))
    with pytest.raises(DataError, match="'nothing'"):
        read_sets("audioset", settings(data={"split": "nothing"}))
    write("empty.npz", some_clips(10)[:0])
    with pytest.raises(DataError, match=r"empty.npz has no clips to train on: check --data"):
        read_sets("empty.npz", settings())
    with pytest.raises(DataError, match=r"empty.npz has no clips to measure on"):
        read_sets("bal_train.h5", settings(), test="empty.npz")
