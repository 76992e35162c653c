"""Windows of recordings -> embedding sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from training.sounds.making import Listening

from earmark.embedders import AUDIOSET
from earmark.errors import DataError, UsageError
from earmark.training.sounds.assembling import Assembled, Cut, assemble
from earmark.training.sounds.clips import Split
from earmark.training.sounds.recordings import Recording
from earmark.training.sounds.windows import Window


def cut(*labels: int, split: Split = "train", first: int = 0, count: int = 2) -> Cut:
    recording = Recording("0" * 64, Path("a.wav"), "a.wav", ())
    frames = np.full((count, 128), 1 + first, np.uint8)
    return Cut(recording, Window(first, count, labels), split, frames, duration=1.5 + first)


def assembled(
    *cuts: Cut, exclusive: bool | None = None, watcher: Listening | None = None
) -> Assembled:
    return assemble(
        cuts,
        [],
        classes=("a", "b", "c"),
        identity=AUDIOSET,
        exclusive=exclusive,
        watcher=watcher or Listening(),
    )


def test_sets_of_what_each_is_for() -> None:
    done = assembled(cut(0), cut(1, first=3), cut(2), cut(0, split="validation"))
    train = done.sets["train"]
    assert train.ids == ("a.wav",) * 3
    assert train.frames[:, :2, 0].tolist() == [[1, 1], [4, 4], [1, 1]]
    np.testing.assert_allclose(train.starts, [0, 2.88, 0])
    np.testing.assert_allclose(train.ends, [1.5, 4.5, 1.5])
    assert [len(done.sets[part]) for part in ("train", "validation", "test")] == [3, 1, 0]
    assert done.exclusive


def test_classes_that_are_not_learnt_close_ranks() -> None:
    watcher = Listening()
    done = assembled(
        cut(0),
        cut(2),
        cut(),
        cut(1, 2, split="validation"),
        cut(1, split="test"),
        cut(split="test"),
        watcher=watcher,
    )
    assert [label.name for label in done.sets["train"].table] == ["a", "c"]
    assert [row.tolist() for row in done.sets["train"].labels] == [[0], [1], []]
    assert [row.tolist() for row in done.sets["validation"].labels] == [[1]]
    assert [row.tolist() for row in done.sets["test"].labels] == [[]]
    assert watcher.notes == [
        "class 'b' has 1 clip for validation and 1 clip for test, and none to learn from: it is "
        "left out, and so are clips of nothing else"
    ]


def test_what_excludes_what() -> None:
    assert not assembled(cut(0), cut(1), cut(2), cut()).exclusive
    assert not assembled(cut(0, 1), cut(2)).exclusive
    assert not assembled(cut(0), cut(1), cut(2), exclusive=False).exclusive
    with pytest.raises(
        UsageError, match=r"^a\.wav has several labels at 2\.88 s, and classes that"
    ):
        assembled(cut(0), cut(1, 2, first=3), exclusive=True)


def test_nothing_to_learn_from() -> None:
    with pytest.raises(DataError, match="there is nothing to learn from: no class has a clip"):
        assembled(cut(split="train"), cut(0, split="test"))
