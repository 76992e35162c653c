"""Labels of many clips, laid end to end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import DataError
from earmark.formats import Labels

LISTS = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=4), max_size=8)


def lists_of(labels: Labels) -> list[list[int]]:
    return [row.tolist() for row in labels]


@given(LISTS)
def test_each_clip_has_its_labels(lists: list[list[int]]) -> None:
    labels = Labels.of(lists)
    assert lists_of(labels) == lists
    assert len(labels) == len(lists)
    assert labels.counts.tolist() == [len(row) for row in lists]
    assert labels == Labels.from_counts(labels.values, labels.counts)


@given(LISTS, st.data())
def test_slices_and_choices_are_those_of_a_list(
    lists: list[list[int]], data: st.DataObject
) -> None:
    labels = Labels.of(lists)
    at = data.draw(st.slices(len(lists)))
    assert lists_of(labels[at]) == lists[at]
    rows = data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=9) if lists else st.just([]))
    assert lists_of(labels.take(np.array(rows, np.int64))) == [lists[row] for row in rows]


@given(LISTS, LISTS)
def test_end_to_end(first: list[list[int]], second: list[list[int]]) -> None:
    both = Labels.concatenate([Labels.of(first), Labels.of(second)])
    assert lists_of(both) == first + second
    assert (both == Labels.of(first)) == (not second)


def test_one_clip_may_be_counted_from_the_end() -> None:
    labels = Labels.of([[1], [2, 3]])
    assert labels[-1].tolist() == [2, 3]
    with pytest.raises(IndexError):
        labels[2]


def test_as_a_table_of_yes_and_no() -> None:
    table = Labels.of([[0, 2], [], [2, 2]]).to_multi_hot(3)
    assert table.dtype == np.bool_
    assert table.astype(int).tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 1]]
    with pytest.raises(DataError, match="label 3 is beyond the 3 classes"):
        Labels.of([[3]]).to_multi_hot(3)


def test_none_are_no_labels_for_each_clip() -> None:
    assert lists_of(Labels.none(2)) == [[], []]
    assert repr(Labels.of([[1, 2], []])) == "Labels(2 of 2 clips)"
    assert Labels.none(1) != [[]]


@pytest.mark.parametrize(
    ("values", "offsets", "message"),
    [
        (np.zeros(2), np.array([0, 2]), r"int32 \[total\], not float64 \[2\]"),
        (np.zeros(2, np.int32), np.array([0, 2], np.int32), r"int64 \[clips \+ 1\]"),
        (np.zeros(2, np.int32), np.zeros(0, np.int64), r"int64 \[clips \+ 1\]"),
        (np.zeros(2, np.int32), np.array([0, 1]), "must rise from 0 to 2"),
        (np.zeros(2, np.int32), np.array([1, 2]), "must rise from 0 to 2"),
        (np.zeros(2, np.int32), np.array([0, 3, 2]), "must rise from 0 to 2"),
        (np.array([4, -1], np.int32), np.array([0, 2]), "-1 is among them"),
    ],
)
def test_arrays_that_do_not_fit_together(
    values: np.ndarray, offsets: np.ndarray, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        Labels(values, offsets)


def test_a_label_of_too_many_bits() -> None:
    with pytest.raises(DataError, match="fit into 32 bits"):
        Labels.of([[2**31]])
