"""Frames of one recording -> its tags and events."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import placeholder
import pytest
from numpy.typing import NDArray

from earmark.bundle import Bundle
from earmark.embedders import dequantise
from earmark.errors import ModelError, UsageError
from earmark.tagging.options import Options
from earmark.tagging.results import Event, Tag
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


def heard(folder: Path, options: Options) -> Scorer:
    some = scorer(folder, options)
    some.push(FRAMES)
    some.finish(duration=22.3)
    return some


def test_a_calibration_gives_probabilities_and_changes_nothing_else(
    folder: Path, calibrated_folder: Path
) -> None:
    options = Options(top_k=527, events=True)
    plain, more = heard(folder, options), heard(calibrated_folder, options)
    assert tuple(replace(tag, probability=None) for tag in more.tags()) == plain.tags()
    events = more.events() or ()
    assert tuple(replace(event, probability=None) for event in events) == plain.events()
    bundle = Bundle.read(calibrated_folder)
    assert bundle.calibration is not None
    places = {label.id: label.index for label in bundle.labels}
    everything: list[Tag | Event] = [*more.tags(), *events]
    for found in everything:
        row = np.full(527, found.score)
        assert found.probability == bundle.calibration.apply(row)[places[found.id]]


def test_each_class_has_its_own_threshold(calibrated_folder: Path) -> None:
    bundle = Bundle.read(calibrated_folder)
    assert bundle.calibration is not None
    own = {label.id: float(bundle.calibration.thresholds[label.index]) for label in bundle.labels}
    labels = ["Rain", "Speech", "Dog", "Music"]
    every = heard(calibrated_folder, Options(top_k=None))
    some = heard(
        calibrated_folder,
        Options(top_k=None, threshold="auto", events=True, event_threshold="auto"),
    )
    expected = tuple(tag for tag in every.tags() if tag.score >= own[tag.id])
    assert 0 < len(expected) < 527
    assert some.tags() == expected
    assert all(event.score >= own[event.id] for event in some.events() or ())
    few = heard(calibrated_folder, Options(top_k=3, threshold="auto", labels=labels))
    names = [label.id for label in bundle.labels if label.name in labels]
    assert few.tags() == tuple(tag for tag in expected if tag.id in names)[:3]


def test_no_threshold_of_its_own_without_a_calibration(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"placeholder 1\.0 is not calibrated .* as a number"):
        scorer(folder, Options(threshold="auto"))
