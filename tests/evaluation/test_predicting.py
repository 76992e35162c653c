from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import placeholder
import pytest
from evaluation.prediction_making import a_calibration
from formats.record_making import some_clips

from earmark.bundle import Bundle
from earmark.embedders import dequantise
from earmark.embedders.identity import AUDIOSET, Identity
from earmark.errors import ModelError
from earmark.evaluation.predicting import predict, predict_all
from earmark.evaluation.predictions import Predictions
from earmark.formats import EmbeddingSet
from earmark.ontology import labels

IDENTITY = Identity.parse(placeholder.IDENTITY, where="placeholder")
CLIPS = some_clips(700, identity=IDENTITY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    known = [(label.id, label.name) for label in labels()]
    return placeholder.build(tmp_path_factory.mktemp("tagger"), labels=known)


def test_each_clip_has_the_scores_of_its_real_frames(folder: Path) -> None:
    (found,) = predict(folder, CLIPS[:20])
    for clip in range(20):
        frames = CLIPS.frames[clip, : CLIPS.lengths[clip]]
        wanted = placeholder.score(dequantise(frames, how="youtube8m"), 527).mean(axis=0)
        np.testing.assert_allclose(found.scores[clip], wanted, atol=1e-5)
    assert found.ids == CLIPS.ids[:20]
    np.testing.assert_array_equal(found.starts, CLIPS.starts[:20])
    np.testing.assert_array_equal(found.ends, CLIPS.ends[:20])
    assert (found.table, found.title, found.identity) == (labels(), "placeholder 1.0", IDENTITY)


def test_pieces_and_threads_change_nothing(folder: Path) -> None:
    (whole,) = predict(Bundle.find(folder), CLIPS, jobs=1)
    pieces = [CLIPS[:300], CLIPS[300:300], CLIPS[300:301], CLIPS[301:]]
    found = list(predict(str(folder), pieces, jobs=3))
    assert [len(part) for part in found] == [300, 0, 1, 399]
    joined = Predictions.concatenate(found)
    np.testing.assert_allclose(joined.scores, whole.scores, atol=1e-6)
    assert joined == replace(whole, scores=joined.scores)


def test_several_taggers_read_a_set_once(folder: Path, tmp_path: Path) -> None:
    other = placeholder.build(tmp_path / "other", labels=[("a", "A"), ("b", "B")])
    both = list(predict_all([folder, other], iter([CLIPS[:5], CLIPS[5:9]])))
    assert [[len(part) for part in parts] for parts in both] == [[5, 5], [4, 4]]
    assert [label.id for label in both[0][1].table] == ["a", "b"]


def test_no_more_is_read_than_is_needed(folder: Path) -> None:
    read: list[int] = []

    def chunks() -> Iterator[EmbeddingSet]:
        for at in range(50):
            read.append(at)
            yield CLIPS[at : at + 1]

    results = predict(folder, chunks())
    next(results)
    next(results)
    assert len(read) <= 4
    results.close()  # type: ignore[attr-defined]


def test_a_calibrated_tagger_says_so(folder: Path, tmp_path: Path) -> None:
    calibration = a_calibration(527)
    bundle = replace(Bundle.find(folder), calibration=calibration)
    (found,) = predict(bundle, CLIPS[:3])
    assert found.calibration is calibration


def test_a_classifier_of_longer_clips_sees_the_rest_masked(folder: Path, tmp_path: Path) -> None:
    # The placeholder's networks take any number of patches.
    long = Path(str(placeholder.build(tmp_path / "long", labels=[("a", "A")])))
    (wanted,) = predict(long, CLIPS[:9])
    _set_patches(long, 10)
    (found,) = predict(long, CLIPS[:9])
    np.testing.assert_array_equal(found.scores, wanted.scores)
    _set_patches(long, 4)
    with pytest.raises(ModelError, match="takes clips of 4 embeddings at most"):
        next(predict(long, CLIPS[:9]))


def test_embeddings_of_another_embedder_are_refused(folder: Path) -> None:
    theirs = some_clips(3, identity=AUDIOSET)
    message = (
        "placeholder 1.0 cannot score it: the embedding set belongs to embedder vggish 1, not to "
        "placeholder 1: .*; take a tagger that was trained on embeddings of vggish 1, or embed"
    )
    with pytest.raises(ModelError, match=message):
        next(predict(folder, theirs))


def test_an_embedder_alone_predicts_nothing(tmp_path: Path) -> None:
    alone = placeholder.embedder_alone(placeholder.build(tmp_path / "x", labels=[("a", "A")]))
    with pytest.raises(ModelError, match="holds an embedder alone"):
        next(predict(alone, CLIPS[:3]))
    with pytest.raises(ModelError, match="there is no tagger 'nobody'"):
        next(predict("nobody", CLIPS[:3]))


def _set_patches(folder: Path, patches: int) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["classifier"]["max_patches"] = patches
    path.write_text(json.dumps(config))
