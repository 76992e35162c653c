from __future__ import annotations

import math

import numpy as np
import pytest

from earmark.errors import DataError
from earmark.evaluation.clip_index import ClipIndex, unicode_id

IDS = ("a", "b", "b", "c")
STARTS = np.array([0.0, 10.0, 20.0, math.nan])


@pytest.mark.parametrize(
    ("name", "start", "row"),
    [
        ("a", 0.0, 0),
        ("a", 0.004, 0),  # TFRecords keep times in 32 bits
        ("a", 5.0, -1),
        ("a", math.nan, 0),
        ("b", 20.0, 2),
        ("b", 15.0, -1),
        ("c", 30.0, 3),
        ("c", math.nan, 3),
        ("d", 0.0, -1),
    ],
)
def test_a_clip_is_known_by_id_and_start(name: str, start: float, row: int) -> None:
    found = ClipIndex(IDS, STARTS, what="it").rows((name,), np.array([start]))
    assert found.tolist() == [row]


def test_the_same_clips_are_themselves_even_where_they_come_twice() -> None:
    ids, starts = ("a", "a"), np.array([math.nan, math.nan])
    assert ClipIndex(ids, starts, what="it").rows(ids, starts).tolist() == [0, 1]


def test_a_clip_that_may_be_several_is_named() -> None:
    index = ClipIndex(IDS, STARTS, what="list.csv")
    with pytest.raises(DataError, match=r"list.csv has the clip 'b' 2 times"):
        index.rows(("b",), np.array([math.nan]))
    with pytest.raises(DataError, match="'a' 2 times"):
        ClipIndex(("a", "a"), np.zeros(2), what="it").rows(("a",), np.zeros(1))


def test_ids_that_are_no_unicode_are_the_same_as_they_are_written() -> None:
    raw = b"caf\xe9.wav".decode("utf-8", "surrogateescape")
    assert unicode_id(raw) == r"caf\xe9.wav"
    for ids, asked in (((raw,), (unicode_id(raw),)), ((unicode_id(raw),), (raw,))):
        assert ClipIndex(ids, np.zeros(1), what="it").rows(asked, np.zeros(1)).tolist() == [0]
