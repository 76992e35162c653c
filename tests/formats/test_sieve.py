"""Clips without those that are damaged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from formats.record_making import Told, some_clips

from earmark.errors import DataError
from earmark.formats import EmbeddingSet
from earmark.formats.sieve import Sieve

CLIPS = some_clips(6)


def assembled(sieve: Sieve, **changed: Any) -> EmbeddingSet:
    whole = {
        "frames": CLIPS.frames,
        "lengths": CLIPS.lengths,
        "ids": CLIPS.ids,
        "starts": CLIPS.starts,
        "ends": CLIPS.ends,
        "labels": CLIPS.labels,
        "table": CLIPS.table,
        "identity": CLIPS.identity,
    }
    return sieve.assemble(**{**whole, **changed})


def test_what_is_good_goes_through() -> None:
    told = Told()
    assert assembled(Sieve("set.h5", 0, 6, told)) == CLIPS
    assert not told


def test_what_is_damaged_is_told_once_and_left_out() -> None:
    told = Told()
    sieve = Sieve("set.h5", 100, 6, told)
    lengths = CLIPS.lengths.astype(np.int64)
    lengths[[1, 4]] = 0, 11
    sieve.drop(np.arange(6) == 4, "is odd")
    assert assembled(sieve, lengths=lengths) == CLIPS.take(np.array([0, 2, 3, 5]))
    assert [str(damage) for damage in told] == [
        "set.h5: clip 104 is odd",
        "set.h5: clip 101 has a length that is not 1 to 10",
    ]


def test_labels_that_cannot_be() -> None:
    told = Told()
    sieve = Sieve("set.h5", 0, 6, told)
    labels = sieve.labels(np.array([1, -1, 2, 9, 3], np.int32), np.array([1, 2, 0, 1, 1, 0]))
    found = assembled(sieve, labels=labels, table=CLIPS.table[:9])
    assert [row.tolist() for row in found.labels] == [[1], [], [3], []]
    assert told.reasons == [
        "clip 1 has a label that is no number from 0 up",
        "clip 3 has a label beyond the 9 there are",
    ]


def test_frames_beyond_a_clips_length_become_zero() -> None:
    lengths = np.full(6, 3, np.uint8)
    found = assembled(Sieve("set.h5", 0, 6, None), lengths=lengths)
    assert not found.frames[:, 3:].any()


def test_unless_somebody_wants_to_know_damage_is_an_error() -> None:
    with pytest.raises(DataError, match=r"set\.h5 at byte 7: it is odd"):
        Sieve("set.h5", 0, 6, None).tell("it is odd", offset=7)
