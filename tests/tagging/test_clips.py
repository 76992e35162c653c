"""Embeddings -> clips, against a plain reference that has the whole recording."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.bundle import Pooling
from earmark.tagging.clips import Clipper, Clips

RULES: list[Pooling] = ["mean", "max", "first", "loop"]


def frames(count: int) -> NDArray[np.uint8]:
    """Embeddings of two numbers that tell where they stood."""
    at = np.arange(count)
    return np.stack([at % 251, at // 251 + 1], axis=1).astype(np.uint8)


def reference(found: NDArray[np.uint8], rule: Pooling) -> tuple[NDArray[np.uint8], list[int]]:
    """The clips of a whole recording, and how many patches each has of its own."""
    if rule == "first":
        kept = found[:10]
        while len(kept) < 10:  # the way of the MAX service
            kept = np.concatenate([kept, kept])
        return kept[None, :10], [min(len(found), 10)]
    short = -len(found) % 10
    real = [10] * (len(found) // 10) + ([10 - short] if short else [])
    fill = np.zeros((short, 2), np.uint8)
    if rule == "loop":
        fill = np.resize(found, (short, 2)) if short else fill
    return np.concatenate([found, fill]).reshape(-1, 10, 2), real


def collect(rule: Pooling, blocks: list[NDArray[np.uint8]]) -> list[Clips]:
    clipper = Clipper(rule, size=10)
    clips = [clipper.push(block) for block in blocks]
    last = clipper.finish()
    return clips if last is None else [*clips, last]


@pytest.mark.parametrize("rule", RULES)
@given(count=st.integers(1, 65), cuts=st.sets(st.integers(1, 64)))
def test_streamed_equals_whole(rule: Pooling, count: int, cuts: set[int]) -> None:
    found = frames(count)
    clips = collect(rule, np.split(found, sorted(cut for cut in cuts if cut < count)))
    expected, real = reference(found, rule)
    np.testing.assert_array_equal(np.concatenate([clip.frames for clip in clips]), expected)
    assert np.concatenate([clip.real for clip in clips]).tolist() == real
    mask = np.concatenate([clip.mask for clip in clips])
    looked_at = [10] * len(real) if rule in ("first", "loop") else real
    assert mask.sum(axis=1).tolist() == looked_at
    assert all(not mask[row, many:].any() for row, many in enumerate(looked_at))


@pytest.mark.parametrize("count", [10, 20, 30])
def test_loop_adds_no_block_to_exact_tens(count: int) -> None:
    # The service that this rule comes from counts the first block twice there.
    assert sum(map(len, collect("loop", [frames(count)]))) == count // 10


def test_nothing_in_nothing_out() -> None:
    assert sum(map(len, collect("mean", [frames(0)]))) == 0
