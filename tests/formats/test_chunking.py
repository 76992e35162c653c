"""Chunks made larger and smaller."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from formats.record_making import COMPACT, some_clips
from hypothesis import given
from hypothesis import strategies as st

from earmark import ontology
from earmark.errors import DataError, ModelError
from earmark.formats import EmbeddingSet
from earmark.formats.chunking import default_table, rechunk

CLIPS = some_clips(50)


@given(cuts=st.lists(st.integers(0, 50), max_size=8), size=st.integers(1, 60))
def test_the_same_clips_in_chunks_of_one_size(cuts: list[int], size: int) -> None:
    edges = [0, *sorted(cuts), 50]
    chunks = [CLIPS[first:last] for first, last in pairwise(edges)]
    found = list(rechunk(chunks, size=size))
    assert EmbeddingSet.concatenate(found) == CLIPS
    assert {len(chunk) for chunk in found[:-1]} <= {size}
    assert 1 <= len(found[-1]) <= size


@pytest.mark.parametrize("times", [1, 3])
def test_a_set_without_clips_says_who_made_it(times: int) -> None:
    nothing = some_clips(0, identity=COMPACT)
    assert list(rechunk([nothing] * times, size=4)) == [nothing]
    assert list(rechunk([], size=4)) == [EmbeddingSet.empty()]


def test_what_is_left_does_not_hold_on_to_its_chunk() -> None:
    first, rest = rechunk([CLIPS], size=40)
    assert len(rest) == 10
    assert rest.frames.base is None or rest.frames.base is not first.frames.base


def test_clips_of_two_embedders_are_not_mixed() -> None:
    other = replace(CLIPS[3:5], identity=COMPACT)
    with pytest.raises(ModelError, match="the clip 'clip-00003' belongs to"):
        list(rechunk([CLIPS[:3], other], size=2))


def test_clips_whose_labels_mean_different_things_are_not_mixed() -> None:
    other = replace(CLIPS[3:5], table=(*CLIPS.table, replace(CLIPS.table[0], index=527)))
    with pytest.raises(DataError, match=r"the clip 'clip-00003' belongs to a set of 528 labels"):
        list(rechunk([CLIPS[:3], other], size=2))


def test_labels_without_a_table_are_audiosets_if_they_fit() -> None:
    assert default_table(-1) == default_table(526) == ontology.labels()
    assert default_table(527) == ()
