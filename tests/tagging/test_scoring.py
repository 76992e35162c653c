"""Frames of one recording -> its tags and events."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import placeholder
import pytest
from numpy.typing import NDArray

from earmark.bundle import Bundle
from earmark.embedders import dequantise
from earmark.errors import UsageError
from earmark.tagging.options import Options
from earmark.tagging.scoring import Scorer, open_classifier

FRAMES = np.random.default_rng(0).integers(0, 256, (23, 128)).astype(np.uint8)


def scorer(folder: Path, options: Options, *, start: float = 0.0) -> Scorer:
    bundle = Bundle.read(folder)
    classifier = open_classifier(bundle, threads=1)
    assert classifier is not None
    return Scorer(classifier, bundle, rule="mean", options=options, start=start)


def plainly(folder: Path) -> NDArray[np.float64]:
    """The placeholder's score is the mean over patches: float64 [classes]."""
    bundle = Bundle.read(folder)
    vectors = dequantise(FRAMES, how=bundle.config.embedder.dequantiser)
    scores: NDArray[np.float64] = placeholder.score(vectors, len(bundle.labels)).mean(axis=0)
    return scores


@pytest.mark.parametrize("size", [1, 4, 10, 23])
def test_tags_are_those_of_the_clips_however_frames_come(folder: Path, size: int) -> None:
    some = scorer(folder, Options(top_k=527))
    for at in range(0, len(FRAMES), size):
        some.push(FRAMES[at : at + size])
    some.finish(duration=22.3)
    tags = some.tags()
    wanted = {
        label.id: score
        for label, score in zip(Bundle.read(folder).labels, plainly(folder), strict=True)
    }
    assert {tag.id: pytest.approx(tag.score, abs=1e-5) for tag in tags} == wanted
    assert [tag.score for tag in tags] == sorted((tag.score for tag in tags), reverse=True)
    assert some.events() is None


def test_only_what_was_asked_for(folder: Path) -> None:
    some = scorer(folder, Options(labels=["Rain", "Speech"], events=True, event_threshold=0))
    some.push(FRAMES)
    some.finish(duration=20.0)
    assert {tag.label for tag in some.tags()} == {"Rain", "Speech"}
    events = some.events()
    assert events is not None
    assert [(event.start, event.end) for event in events] == [(0.0, 20.0)] * 2


def test_events_begin_where_the_recording_was_begun(folder: Path) -> None:
    some = scorer(folder, Options(labels=["Rain"], events=True, event_threshold=0), start=5.0)
    some.push(FRAMES)
    some.finish(duration=100.0)
    (event,) = some.events() or ()
    assert event.start == 5.0
    assert event.end == pytest.approx(5.0 + 23 * 0.96)


def test_labels_that_do_not_exist(folder: Path) -> None:
    with pytest.raises(UsageError, match="Rane"):
        scorer(folder, Options(labels=["Rane"]))


def test_a_folder_may_lack_a_classifier(tmp_path: Path) -> None:
    built = placeholder.build(tmp_path / "alone", labels=[("/m/1", "One")])
    alone = placeholder.embedder_alone(built)
    assert open_classifier(Bundle.read(alone), threads=1) is None
