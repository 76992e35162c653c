"""Recordings cut into clips."""

from __future__ import annotations

import math

import numpy as np
import pytest
from formats.record_making import COMPACT
from numpy.typing import NDArray

from earmark.formats.cutting import cut


def frames(count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(count).integers(1, 256, (count, 128), np.uint8)


@pytest.mark.parametrize(
    ("count", "lengths"), [(0, []), (1, [1]), (10, [10]), (11, [10, 1]), (30, [10, 10, 10])]
)
def test_ten_at_a_time_and_what_is_left(count: int, lengths: list[int]) -> None:
    given = frames(count)
    starts: NDArray[np.float64] = 2 + np.arange(count, dtype=np.float64) * 0.96
    clips = cut(given, starts=starts, duration=math.nan, source="a.wav", identity=COMPACT)
    assert clips.lengths.tolist() == lengths
    np.testing.assert_array_equal(clips.frames[clips.mask()], given)
    assert clips.ids == ("a.wav",) * len(lengths)
    assert clips.identity == COMPACT
    np.testing.assert_allclose(clips.starts, [2 + 9.6 * at for at in range(len(lengths))])
    np.testing.assert_allclose(clips.ends, clips.starts + 0.96 * clips.lengths)


def test_no_clip_ends_behind_its_recording() -> None:
    # Half a second was looped to make a patch.
    clips = cut(frames(1), starts=np.zeros(1), duration=0.5, source="a", identity=COMPACT)
    assert clips.ends.tolist() == [0.5]
