"""Scores become probabilities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from evaluation.drawn import World
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.classifiers.calibration import Calibration
from earmark.errors import DataError
from earmark.evaluation.calibration import fit_calibration
from earmark.evaluation.metrics import average_precision
from earmark.evaluation.reliability import Reliability
from earmark.evaluation.statistics import ScoreStatistics
from earmark.formats import Labels
from earmark.ontology import Label


@settings(max_examples=15, deadline=None)
@given(
    slope=st.floats(0.5, 2),
    offset=st.floats(-3, 3),
    spread=st.floats(0, 0.4),
    clips=st.sampled_from([200, 1500]),
    seed=st.integers(0, 100),
)
def test_the_error_falls_on_clips_that_it_has_not_seen(
    slope: float, offset: float, spread: float, clips: int, seed: int
) -> None:
    world = World.of(12, slope=slope, offset=offset, spread=spread, seed=seed)
    calibration = fit_calibration(*world.clips(clips, seed=1000 + seed))
    truth, scores = world.clips(4000, seed=2000 + seed)
    raw, calibrated = (Reliability.of(truth, each) for each in (scores, calibration.apply(scores)))
    assert calibrated.error_per_class().mean() < raw.error_per_class().mean() + 0.01
    assert calibrated.brier() < raw.brier() + 0.002
    assert calibrated.bins().error < 0.03


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([300, 3000]))
def test_probabilities_stay_nearly_what_they_are(seed: int, clips: int) -> None:
    world = World.of(12, slope=1, offset=0, spread=0, seed=seed)
    calibration = fit_calibration(*world.clips(clips, seed=seed + 1))
    scores = np.linspace(0.01, 0.99, 50, dtype=np.float32)[:, None].repeat(12, axis=1)
    changed = np.abs(calibration.apply(scores) - scores)
    assert changed.mean() < 1.5 / np.sqrt(clips)


def test_the_order_of_clips_stays_the_same() -> None:
    truth, scores = World.of(12, slope=1.6, offset=-2, spread=0.2).clips(500, seed=1)
    calibration = fit_calibration(truth, scores)
    assert (calibration.slopes > 0).all()
    ladder = np.linspace(0.001, 0.999, 300, dtype=np.float32)[:, None].repeat(12, axis=1)
    assert (np.diff(calibration.apply(ladder), axis=0) > 0).all()
    before = average_precision(ScoreStatistics.of(truth, scores))
    after = average_precision(ScoreStatistics.of(truth, calibration.apply(scores)))
    np.testing.assert_allclose(after, before, atol=1e-3)  # but for what float32 makes equal


def test_scores_against_the_truth_do_not_turn_the_order_round() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((500, 3), np.float32)
    calibration = fit_calibration(rng.random((500, 3)) < 1 - scores, scores)
    assert (calibration.slopes > 0).all()


def test_labels_do_as_well_as_a_table_and_the_result_is_kept(tmp_path: Path) -> None:
    truth, scores = World.of(12, slope=2, offset=-1, spread=0.1).clips(500, seed=1)
    labels = Labels.of([np.flatnonzero(row).tolist() for row in truth])
    calibration = fit_calibration(labels, scores)
    assert np.array_equal(calibration.slopes, fit_calibration(truth, scores).slopes)
    assert calibration.n_clips == 500
    table = [Label(index, f"/t/{index}", f"Sound {index}") for index in range(12)]
    calibration.write(tmp_path / "calibration.csv", labels=table)
    read = Calibration.read(tmp_path / "calibration.csv", labels=table)
    assert np.array_equal(read.thresholds, calibration.thresholds)


def test_single_labels_of_softmax() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, (3000, 4))
    classes = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)  # drawn from the softmax
    sharp = np.exp(3 * logits)
    scores = (sharp / sharp.sum(axis=1, keepdims=True)).astype(np.float32)  # far too sure
    truth = np.arange(4) == classes[:, None]
    calibration = fit_calibration(truth, scores)
    raw, calibrated = (
        Reliability.of(truth, each).bins().error for each in (scores, calibration.apply(scores))
    )
    assert calibrated < raw / 3


def test_few_clips_of_few_classes() -> None:
    rng = np.random.default_rng(0)
    truth = np.eye(3, dtype=bool).repeat(4, axis=0)
    scores = np.clip(0.7 * truth + 0.3 * rng.random((12, 3)), 0, 1).astype(np.float32)
    calibration = fit_calibration(truth, scores)
    reached = scores >= calibration.thresholds
    assert np.array_equal(reached, truth)


def test_one_clip() -> None:
    calibration = fit_calibration(np.ones((1, 1), bool), np.full((1, 1), 0.2, np.float32))
    assert 0.2 <= calibration.apply(np.full((1, 1), 0.2, np.float32))[0, 0] < 0.9


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(DataError, match="no clip of the validation split has any of the classes"):
        fit_calibration(np.zeros((4, 2), bool), np.full((4, 2), 0.5, np.float32))
