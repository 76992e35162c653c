"""Clips joined with a list of segments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from formats.record_making import some_clips

from earmark.formats import EmbeddingSet, Labels
from earmark.formats.joining import Join
from earmark.formats.segments import Segments
from earmark.ontology import labels

NAN = np.nan


def listed(*rows: tuple[str, float, float, list[int]], with_labels: bool = True) -> Segments:
    return Segments(
        ids=[row[0] for row in rows],
        starts=np.array([row[1] for row in rows], np.float64),
        ends=np.array([row[2] for row in rows], np.float64),
        labels=Labels.of([row[3] for row in rows]) if with_labels else None,
        table=labels(),
    )


def clips(*ids: str, starts: list[float], lists: list[list[int]]) -> EmbeddingSet:
    return replace(
        some_clips(len(ids)),
        ids=ids,
        starts=np.array(starts, np.float64),
        ends=np.array(starts, np.float64) + 10,
        labels=Labels.of(lists),
    )


def joined(join: Join, given: EmbeddingSet, size: int = 2) -> EmbeddingSet:
    chunks = (given[at : at + size] for at in range(0, len(given), size))
    return EmbeddingSet.concatenate(list(join(chunks)))


def test_times_and_labels_are_filled_in() -> None:
    given = clips("a", "b", "c", starts=[NAN, 5, NAN], lists=[[], [], [4]])
    join = Join(listed(("b", 30, 40, [2]), ("a", 20, 25, [1, 0]), ("x", 0, 1, [3])))
    found = joined(join, given)
    np.testing.assert_array_equal(found.starts, [20, 5, NAN])
    np.testing.assert_array_equal(found.ends, [25, 15, NAN])
    assert found.labels == Labels.of([[1, 0], [2], [4]])
    np.testing.assert_array_equal(found.frames, given.frames)
    counts = (join.clips, join.without_row, join.rows_without_clip, join.relabelled)
    assert counts == (3, 1, 1, 0)


def test_labels_of_the_list_win_but_not_over_their_own_order() -> None:
    given = clips("a", "b", "c", starts=[0, 0, 0], lists=[[1, 2], [3], [4]])
    join = Join(listed(("a", 0, 10, [2, 1]), ("b", 0, 10, [5]), ("c", 0, 10, [])))
    assert joined(join, given).labels == Labels.of([[1, 2], [5], []])
    assert join.relabelled == 2


def test_a_list_without_labels_leaves_them_alone() -> None:
    given = clips("a", starts=[NAN], lists=[[1]])
    found = joined(Join(listed(("a", 2, 3, []), with_labels=False)), given)
    assert found.labels == given.labels
    assert found.starts.tolist() == [2]


def test_one_row_is_for_all_clips_of_a_recording() -> None:
    given = clips("a", "a", "a", starts=[0, 9.6, 19.2], lists=[[], [], []])
    join = Join(listed(("a", NAN, NAN, [7])))
    found = joined(join, given)
    assert found.labels == Labels.of([[7]] * 3)
    assert found.starts.tolist() == [0, 9.6, 19.2]
    assert join.rows_without_clip == 0


def test_several_rows_of_an_id_are_told_apart_by_their_starts() -> None:
    given = clips("a", "a", "a", "a", starts=[0, 9.601, 19.2, NAN], lists=[[], [], [], []])
    join = Join(listed(("a", 9.6, 19, [1]), ("a", 0, 9, [0]), ("a", 50, 60, [2])))
    assert joined(join, given).labels == Labels.of([[0], [1], [], []])
    assert (join.without_row, join.rows_without_clip) == (2, 1)


def test_a_set_whose_labels_had_no_names_gets_them() -> None:
    given = replace(clips("a", starts=[0], lists=[[]]), table=())
    assert joined(Join(listed(("a", 0, 10, [3]))), given).table == labels()


@pytest.mark.parametrize("with_labels", [True, False])
def test_nothing_to_join(with_labels: bool) -> None:
    given = clips("a", starts=[NAN], lists=[[1]])
    join = Join(listed(with_labels=with_labels))
    assert joined(join, given) == given
    assert (join.clips, join.without_row, join.rows_without_clip) == (1, 1, 0)
