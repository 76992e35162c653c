"""Gaps between frames become silence; clocks that jump do not."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from earmark.audio.timeline import Timeline


def frame(start: float | None, seconds: float = 0.1, *, rate: int = 8000) -> av.AudioFrame:
    made = av.AudioFrame.from_ndarray(
        np.ones((1, round(seconds * rate)), np.float32), "fltp", "mono"
    )
    made.sample_rate, made.time_base = rate, Fraction(1, 1000)
    made.pts = None if start is None else round(start * 1000)
    return made


def lay(*frames: av.AudioFrame, trusted: bool = True) -> tuple[Timeline, list[float]]:
    """Return the timeline, and each frame's place in seconds after the silence before it."""
    timeline, places = Timeline(trusted=trusted), []
    for made in frames:
        if timeline.misses(made):
            for silent in timeline.silence(made):
                assert not silent.to_ndarray().any()
                assert silent.samples <= made.sample_rate
        places.append(timeline.position / made.sample_rate)
        timeline.add(made)
    return timeline, places


def test_frames_that_follow_each_other_get_nothing() -> None:
    timeline, places = lay(frame(5.0), frame(5.1), frame(5.2))
    assert places == pytest.approx([0.0, 0.1, 0.2])
    assert timeline.missing == []


def test_a_gap_is_filled() -> None:
    timeline, places = lay(frame(5.0), frame(9.0), frame(9.1))
    assert places == pytest.approx([0.0, 4.0, 4.1])
    assert timeline.missing == [pytest.approx((0.1, 3.9))]


@pytest.mark.parametrize("jump", [-3.0, -1000.0, 700.0, 1e6])
def test_a_clock_set_anew_is_no_gap(jump: float) -> None:
    timeline, places = lay(frame(5.0), frame(5.1 + jump), frame(5.2 + jump), frame(6.2 + jump))
    assert places == pytest.approx([0.0, 0.1, 0.2, 1.2])
    assert len(timeline.missing) == 1


def test_jitter_is_no_gap() -> None:
    assert lay(frame(0.0), frame(0.13), frame(0.17), frame(0.34))[0].missing == []


@pytest.mark.parametrize(
    ("following", "expected"), [(9.1, True), (9.11, True), (0.2, False), (None, False)]
)
def test_a_damaged_timestamp_stands_alone(following: float | None, expected: bool) -> None:
    timeline, _ = lay(frame(0.0))
    assert timeline.misses(frame(9.0)) > 0
    assert timeline.confirms(frame(9.0), frame(following)) == expected
    assert not timeline.confirms(frame(9.0), None)


def test_small_losses_add_up() -> None:
    timeline, places = lay(*(frame(0.12 * number) for number in range(20)))
    assert places[-1] == pytest.approx(0.12 * 19, abs=0.051)
    assert len(timeline.missing) > 3


def test_without_trust_or_timestamps_frames_just_follow() -> None:
    assert lay(frame(0.0), frame(9.0), trusted=False)[0].missing == []
    assert lay(frame(None), frame(None), frame(None))[1] == pytest.approx([0.0, 0.1, 0.2])
    _, places = lay(frame(None), frame(7.1), frame(8.0))
    assert places == pytest.approx([0.0, 0.1, 1.0])


def test_a_rate_that_changes_is_no_gap() -> None:
    timeline, places = lay(frame(0.0), frame(0.1), frame(0.0, rate=4000), frame(0.1, rate=4000))
    assert timeline.missing == []
    assert places == pytest.approx([0.0, 0.1, 0.2, 0.3])


def test_coarse_clocks_are_snapped_to_whole_frames() -> None:
    timeline, _ = lay(frame(0.0, 0.0215), frame(0.022, 0.0215))
    assert timeline.locate(frame(0.172, 0.0215)) == 8 * 172  # 0.172 s is 1376 samples, 8 frames
    assert timeline.locate(frame(0.194, 0.0215)) == 9 * 172
    assert timeline.locate(frame(None)) is None
    assert Timeline(trusted=True).locate(frame(1.0)) is None
    assert Timeline(trusted=False).ticks_at(1.0, 8000) is None
