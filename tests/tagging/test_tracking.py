"""Scores of patches -> events, against a plain reference that has them all."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.ontology import Label
from earmark.tagging import Event
from earmark.tagging.tracking import Tracker

LABELS = (Label(index=0, id="/m/a", name="A"), Label(index=1, id="/m/b", name="B"))


def reference(scores: NDArray[np.float32], threshold: float) -> list[Event]:
    events = []
    for column, label in enumerate(LABELS):
        at = 0
        for loud, run in groupby(scores[:, column], lambda score: bool(score >= threshold)):
            values = list(run)
            if loud:
                end = at + len(values)
                peak = float(max(values))
                events.append(Event(label.name, at * 0.96, end * 0.96, peak, label.id))
            at += len(values)
    return events


@given(
    levels=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=40),
    cuts=st.sets(st.integers(1, 39)),
)
def test_streamed_equals_whole(levels: list[tuple[int, int]], cuts: set[int]) -> None:
    scores = (np.array(levels, np.float32).reshape(-1, 2) / 4).astype(np.float32)
    tracker = Tracker(LABELS, threshold=0.5)
    found: list[Event] = []
    for block in np.split(scores, sorted(cut for cut in cuts if cut < len(scores))):
        found += tracker.push(block)
    found += tracker.finish(duration=len(scores) * 0.96)
    key = [(event.id, round(event.start, 6), round(event.end, 6), event.score) for event in found]
    expected = [
        (event.id, round(event.start, 6), round(event.end, 6), event.score)
        for event in reference(scores, 0.5)
    ]
    assert sorted(key) == sorted(expected)


def test_events_come_when_they_end() -> None:
    tracker = Tracker(LABELS, threshold=0.5)
    assert tracker.push(np.array([[0.6, 0], [0.9, 0]], np.float32)) == []
    (event,) = tracker.push(np.array([[0.1, 0]], np.float32))
    assert (event.label, event.start) == ("A", 0)
    assert event.end == pytest.approx(1.92)
    assert event.score == pytest.approx(0.9)
    assert tracker.finish(duration=2.88) == []


def test_start_moves_them_and_the_end_of_the_recording_cuts_them() -> None:
    tracker = Tracker(LABELS, threshold=0.5, start=3.0)
    tracker.push(np.array([[0.6, 0]], np.float32))
    (event,) = tracker.finish(duration=3.5)
    assert (event.start, event.end) == (3.0, 3.5)


def test_each_label_may_have_a_threshold_of_its_own() -> None:
    tracker = Tracker(LABELS, threshold=np.array([0.9, 0.1], np.float32))
    tracker.push(np.array([[0.5, 0.5]], np.float32))
    assert [event.label for event in tracker.finish(duration=0.96)] == ["B"]


def test_the_threshold_itself_counts() -> None:
    tracker = Tracker(LABELS, threshold=0.5)
    tracker.push(np.array([[0.5, 0.499]], np.float32))
    assert [event.label for event in tracker.finish(duration=0.96)] == ["A"]
