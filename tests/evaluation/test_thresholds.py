"""From which score on a class is said to be there."""

from __future__ import annotations

import math

import numpy as np
import pytest
from evaluation.drawn import World
from sklearn.metrics import f1_score, precision_score, recall_score

from earmark.errors import DataError
from earmark.evaluation import platt
from earmark.evaluation.logit_counts import LogitCounts
from earmark.evaluation.metrics import best_f1, mean
from earmark.evaluation.statistics import ScoreStatistics
from earmark.evaluation.thresholds import at_thresholds, thresholds


def found(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    counts = LogitCounts.of(truth, scores)
    return thresholds(counts, platt.fit(counts))


def test_a_common_class_gets_its_own_best() -> None:
    truth, scores = World.of(8, slope=1.6, offset=-2, spread=0.4).clips(20_000, seed=1)
    best = best_f1(ScoreStatistics.of(truth, scores))
    reached = at_thresholds(truth, scores, found(truth, scores))
    np.testing.assert_allclose(reached.f1, best.f1, atol=0.01)


def test_on_other_clips_it_does_better_than_the_best_of_few() -> None:
    world = World.of(60, slope=1.6, offset=-2, spread=0.3)
    few, many = world.clips(100, seed=1), world.clips(5000, seed=2)
    ours = at_thresholds(*many, found(*few)).macro_f1
    best = best_f1(ScoreStatistics.of(*few)).thresholds
    theirs = at_thresholds(*many, np.nan_to_num(best, nan=1.0)).macro_f1
    possible = mean(best_f1(ScoreStatistics.of(*many)).f1)
    assert theirs + 0.02 < ours < possible
    assert at_thresholds(*many, 0.5).macro_f1 < ours


def test_where_no_score_lies_the_middle_is_taken() -> None:
    truth = np.repeat([[True], [False]], 500, axis=0)
    scores = np.where(truth, 0.9, 0.1).astype(np.float32)
    assert found(truth, scores)[0] == pytest.approx(0.5, abs=0.02)


def test_a_class_that_is_not_found_is_not_said_to_be_everywhere() -> None:
    rng = np.random.default_rng(0)
    truth, scores = rng.random((5000, 2)) < 0.04, rng.random((5000, 2), np.float32)
    # The best F1 of one of them is reached by saying it of every clip.
    assert best_f1(ScoreStatistics.of(truth, scores)).recall.max() == 1
    assert (at_thresholds(truth, scores, found(truth, scores)).said < 500).all()


def test_a_class_without_positives_has_a_threshold_too() -> None:
    truth, scores = World.of(5, slope=1, offset=0, spread=0.1).clips(500, seed=0)
    truth[:, 3] = False
    assert 0.1 < found(truth, scores)[3] < 0.9


@pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("share", [0.0, 0.01, 1.0])
def test_scores_all_alike_have_a_threshold_between_0_and_1(score: float, share: float) -> None:
    truth = np.zeros((200, 2), bool)
    truth[: int(200 * share), 0] = truth[0, 1] = True
    threshold = found(truth, np.full((200, 2), score, np.float32))
    assert ((threshold >= 0) & (threshold <= 1)).all()


def test_a_class_in_half_of_the_clips_that_always_scores_0_is_always_there() -> None:
    truth = np.repeat([[True], [False]], 100, axis=0)
    scores = np.zeros((200, 1), np.float32)
    assert at_thresholds(truth, scores, found(truth, scores)).said.tolist() == [200]


def test_decisions_are_scikit_learns() -> None:
    truth, scores = World.of(5, slope=1, offset=0, spread=0.1).clips(500, seed=0)
    limits = np.array([0.1, 0.2, 0.3, 0.4, 0.5], np.float32)
    reached, said = at_thresholds(truth, scores, limits), scores >= limits
    np.testing.assert_allclose(reached.precision, precision_score(truth, said, average=None))
    np.testing.assert_allclose(reached.recall, recall_score(truth, said, average=None))
    np.testing.assert_allclose(reached.f1, f1_score(truth, said, average=None))
    assert reached.macro_f1 == pytest.approx(f1_score(truth, said, average="macro"))
    assert reached.micro_f1 == pytest.approx(f1_score(truth, said, average="micro"))
    assert repr(reached) == f"AtThresholds(5 classes, macro F1 {reached.macro_f1:.3f})"


def test_decisions_that_have_no_f1() -> None:
    truth = np.array([[1, 0, 0], [0, 0, 0]], bool)
    scores = np.array([[0.1, 0.9, 0.1], [0.1, 0.1, 0.1]], np.float32)
    reached = at_thresholds(truth, scores, 0.5)
    np.testing.assert_array_equal(reached.precision, [np.nan, 0, np.nan])
    np.testing.assert_array_equal(reached.recall, [0, np.nan, np.nan])
    np.testing.assert_array_equal(reached.f1, [0, np.nan, np.nan])
    assert reached.micro_f1 == 0
    nothing = at_thresholds(truth[1:], scores[1:], 0.5)
    assert math.isnan(nothing.macro_f1)
    assert math.isnan(nothing.micro_f1)


def test_thresholds_of_other_classes_are_refused() -> None:
    with pytest.raises(DataError, match=r"scores of 3 classes and thresholds of shape \[2\]"):
        at_thresholds(np.ones((1, 3), bool), np.ones((1, 3), np.float32), np.ones(2))
