"""Embedding sets in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from formats.record_making import COMPACT, some_clips

from earmark.errors import DataError, ModelError
from earmark.formats import Damage, EmbeddingSet, Labels
from earmark.ontology import Label

CLIPS = some_clips(20)


def test_it_says_what_it_is() -> None:
    assert len(CLIPS) == 20
    assert repr(CLIPS) == "EmbeddingSet(20 clips of vggish 1)"
    assert len(EmbeddingSet.empty(identity=COMPACT)) == 0


def test_the_mask_shows_where_frames_are() -> None:
    mask = CLIPS.mask()
    assert mask.shape == (20, 10)
    assert mask.sum(axis=1).tolist() == CLIPS.lengths.tolist()
    assert not CLIPS.frames[~mask].any()


@pytest.mark.parametrize("at", [slice(3, 9), slice(None, None, -2), slice(5, 5), slice(-4, None)])
def test_a_slice_is_a_set_of_these_clips(at: slice) -> None:
    part = CLIPS[at]
    rows = np.arange(20)[at]
    assert part.ids == CLIPS.ids[at]
    assert part == CLIPS.take(rows)
    assert [row.tolist() for row in part.labels] == [CLIPS.labels[row].tolist() for row in rows]


def test_pieces_laid_end_to_end_are_the_whole() -> None:
    assert EmbeddingSet.concatenate([CLIPS[:7], CLIPS[7:7], CLIPS[7:]]) == CLIPS
    assert EmbeddingSet.concatenate([CLIPS]) is CLIPS
    with pytest.raises(DataError, match="no embedding set"):
        EmbeddingSet.concatenate([])


def test_sets_of_two_embedders_are_not_mixed() -> None:
    with pytest.raises(ModelError, match="belongs to embedder compact 1"):
        EmbeddingSet.concatenate([CLIPS, some_clips(2, identity=COMPACT)])


def test_labels_that_mean_different_things_are_not_mixed() -> None:
    other = some_clips(2, table=(Label(0, "a", "A"), Label(1, "b", "B")))
    with pytest.raises(DataError, match="different label tables"):
        EmbeddingSet.concatenate([CLIPS, other])


def test_each_part_counts_when_they_are_compared() -> None:
    changes: dict[str, Any] = {
        "frames": np.zeros_like(CLIPS.frames),
        "lengths": np.full_like(CLIPS.lengths, 10),
        "ids": ("x", *CLIPS.ids[1:]),
        "starts": CLIPS.starts + 1,
        "ends": np.full(20, np.nan),
        "labels": Labels.none(20),
        "table": (),
        "identity": COMPACT,
    }
    for field, value in changes.items():
        assert replace(CLIPS, **{field: value}) != CLIPS, field
    unknown = replace(CLIPS, starts=np.full(20, np.nan))
    assert unknown == replace(unknown)
    assert CLIPS != "clips"


def with_a_tail() -> np.ndarray:
    frames = CLIPS.frames.copy()
    frames[CLIPS.lengths.argmin(), 9, 5] = 1
    return frames


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("frames", CLIPS.frames.astype(np.int8), r"frames must be uint8 \[20, 10, 128\]"),
        ("frames", CLIPS.frames[:, :9], r"for 20 ids, not uint8 \[20, 9, 128\]"),
        ("lengths", CLIPS.lengths[:5], r"lengths must be uint8 \[20\]"),
        ("starts", CLIPS.starts.astype(np.float32), r"starts must be float64 \[20\]"),
        ("ends", CLIPS.ends[:, None], r"ends must be float64 \[20\]"),
        ("lengths", np.zeros(20, np.uint8), "clip '-00000' has 0 frames, and not 1 to 10"),
        ("lengths", np.full(20, 11, np.uint8), "has 11 frames"),
        ("frames", with_a_tail(), "has frames beyond its length"),
        ("labels", Labels.none(19), "labels for 19 clips, and 20 clips"),
        ("table", (Label(0, "a", "A"),), "is not in the table of 1 labels"),
        ("table", (Label(1, "a", "A"),), "label 'A' has number 1 in the table, and not 0"),
    ],
)
def test_what_does_not_fit_is_an_error(field: str, value: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        replace(CLIPS, **{field: value})


def test_damage_is_one_sentence() -> None:
    assert str(Damage("a.tfrecord", 12, "it breaks off")) == "a.tfrecord at byte 12: it breaks off"
    assert str(Damage("a.tfrecord", None, "it breaks off")) == "a.tfrecord: it breaks off"
