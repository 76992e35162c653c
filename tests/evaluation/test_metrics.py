"""Metrics of classes, beside scikit-learn and beside their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from evaluation import plainly
from hypothesis import given
from scipy.stats import norm
from sklearn.metrics import (
    auc,
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from earmark.evaluation.metrics import (
    average_precision,
    best_f1,
    d_prime,
    mean,
    precision_recall,
    roc,
    roc_auc,
)
from earmark.evaluation.statistics import ScoreStatistics

Drawn = tuple[plainly.Truth, plainly.Scores]


def count(truth: list[bool] | list[int], scores: list[float]) -> ScoreStatistics:
    """Counts of one class."""
    return ScoreStatistics.of(np.array(truth, bool)[:, None], np.array(scores, np.float32)[:, None])


@given(plainly.clips())
def test_average_precision_is_scikit_learns(drawn: Drawn) -> None:
    truth, scores = drawn
    for found, there, column in zip(
        average_precision(ScoreStatistics.of(*drawn)), truth.T, scores.T, strict=True
    ):
        if there.any():
            assert found == pytest.approx(average_precision_score(there, column), abs=1e-12)
            assert found == pytest.approx(plainly.average_precision(there, column), abs=1e-12)
        else:
            assert math.isnan(found)


@given(plainly.clips())
def test_area_under_the_roc_curve_is_scikit_learns(drawn: Drawn) -> None:
    truth, scores = drawn
    counts = ScoreStatistics.of(*drawn)
    for index, found in enumerate(roc_auc(counts)):
        there, column = truth[:, index], scores[:, index]
        if there.all() or not there.any():
            assert math.isnan(found)
            continue
        assert found == pytest.approx(roc_auc_score(there, column), abs=1e-12)
        assert found == pytest.approx(plainly.roc_auc(there, column), abs=1e-12)
        curve = roc(counts, index)
        assert found == pytest.approx(auc(curve.false_positive_rate, curve.true_positive_rate))


def test_averages_over_many_clips_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random((2000, 40)) < 0.03
    scores = (rng.random((2000, 40)) + 0.5 * truth).astype(np.float32)
    counts = ScoreStatistics.of(truth, scores)
    assert mean(average_precision(counts)) == pytest.approx(average_precision_score(truth, scores))
    assert mean(roc_auc(counts)) == pytest.approx(roc_auc_score(truth, scores))


@given(plainly.clips())
def test_only_the_order_of_scores_matters(drawn: Drawn) -> None:
    truth, scores = drawn
    found, other = (
        ScoreStatistics.of(truth, each) for each in (scores, scores.astype(float) ** 3 - 7)
    )
    for metric in (average_precision, roc_auc):
        np.testing.assert_array_equal(metric(found), metric(other))
    np.testing.assert_array_equal(best_f1(found).f1, best_f1(other).f1)


@given(plainly.clips())
def test_the_order_of_clips_does_not(drawn: Drawn) -> None:
    truth, scores = drawn
    found, other = ScoreStatistics.of(truth, scores), ScoreStatistics.of(truth[::-1], scores[::-1])
    np.testing.assert_array_equal(average_precision(found), average_precision(other))
    np.testing.assert_array_equal(roc_auc(found), roc_auc(other))


@given(plainly.clips())
def test_opposite_scores_have_the_opposite_area(drawn: Drawn) -> None:
    truth, scores = drawn
    found, other = ScoreStatistics.of(truth, scores), ScoreStatistics.of(truth, -scores)
    np.testing.assert_allclose(
        roc_auc(found) + roc_auc(other), np.where(np.isnan(roc_auc(found)), np.nan, 1.0)
    )


@given(plainly.clips())
def test_every_point_of_the_curve_is_one_of_scikit_learns(drawn: Drawn) -> None:
    truth, scores = drawn
    counts = ScoreStatistics.of(*drawn)
    for index in np.flatnonzero(counts.positives):
        precision, recall, thresholds = precision_recall_curve(truth[:, index], scores[:, index])
        theirs = {t: (p, r) for p, r, t in zip(precision, recall, thresholds, strict=False)}
        curve = precision_recall(counts, int(index))
        for t, p, r in zip(curve.thresholds, curve.precision, curve.recall, strict=True):
            assert (p, r) == pytest.approx(theirs[t])
        assert set(curve.recall) == set(recall) - {0.0}
        assert (np.diff(curve.recall) > 0).all()
        area = np.sum(np.diff(curve.recall, prepend=0) * curve.precision)
        assert area == pytest.approx(average_precision(counts)[index])


@given(plainly.clips())
def test_scikit_learns_roc_curve_is_ours(drawn: Drawn) -> None:
    truth, scores = drawn
    counts = ScoreStatistics.of(*drawn)
    for index in np.flatnonzero(~np.isnan(roc_auc(counts))):
        curve = roc(counts, int(index))
        x, y = curve.false_positive_rate, curve.true_positive_rate
        assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
        theirs = np.stack(roc_curve(truth[:, index], scores[:, index])[:2], axis=1)
        for corner in theirs:
            # On the line from one corner of ours to the next: the detour by it is none.
            ours = np.stack([x, y], axis=1)
            ways = np.linalg.norm(ours - corner, axis=1)
            detours = ways[:-1] + ways[1:] - np.linalg.norm(np.diff(ours, axis=0), axis=1)
            assert detours.min() == pytest.approx(0, abs=1e-9)


@given(plainly.clips())
def test_no_threshold_has_a_better_f1(drawn: Drawn) -> None:
    truth, scores = drawn
    best = best_f1(ScoreStatistics.of(*drawn))
    for index in range(truth.shape[1]):
        there, column = truth[:, index], scores[:, index]
        if not there.any():
            assert np.isnan([best.f1[index], best.thresholds[index]]).all()
            continue
        assert best.f1[index] == pytest.approx(plainly.best_f1(there, column))
        said = column >= best.thresholds[index]
        assert best.precision[index] == pytest.approx(there[said].mean())
        assert best.recall[index] == pytest.approx(said[there].mean())


def test_average_precision_by_hand() -> None:
    # Right at places 1 and 3: precisions 1 and 2/3, each for half of the recall.
    counts = count([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])
    assert average_precision(counts).tolist() == pytest.approx([5 / 6])
    # All alike: one threshold, which catches everything.
    assert average_precision(count([1, 0, 1, 0], [0.5] * 4)).tolist() == pytest.approx([0.5])


def test_roc_by_hand() -> None:
    counts = count([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])
    assert roc_auc(counts).tolist() == pytest.approx([3 / 4])
    assert roc_auc(count([1, 0, 1, 0], [0.5] * 4)).tolist() == pytest.approx([0.5])
    curve = roc(counts, 0)
    assert curve.false_positive_rate.tolist() == [0, 0, 0, 0.5, 0.5, 1]
    assert curve.true_positive_rate.tolist() == [0, 0, 0.5, 0.5, 1, 1]


def test_best_f1_by_hand() -> None:
    best = best_f1(count([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]))
    assert best.f1.tolist() == pytest.approx([0.8])
    assert best.thresholds.tolist() == pytest.approx([0.7])
    assert best.precision.tolist() == pytest.approx([2 / 3])
    assert best.recall.tolist() == pytest.approx([1])


def test_of_thresholds_as_good_the_highest_is_taken() -> None:
    # At 0.9: P 1, R 1/3. At 0.5: P 1/3 (2 of 6), R 2/3 ... F1 1/2 at 0.9, less below.
    best = best_f1(count([1, 0, 1, 0], [0.9, 0.9, 0.9, 0.1]))
    assert best.thresholds.tolist() == pytest.approx([0.9])
    # Twice the same F1: 2 * 1 / (1 + 3) and 2 * 3 / (9 + 3).
    ties = [0.9, *[0.5] * 6, 0.4, 0.3]
    best = best_f1(count([1, 0, 0, 0, 0, 0, 0, 1, 1], ties))
    assert best.f1.tolist() == pytest.approx([0.5])
    assert best.thresholds.tolist() == pytest.approx([0.9])


def test_d_prime() -> None:
    assert d_prime(0.5) == 0
    # Kong's attention model: mAUC 0.968, d' 2.621, by his own table.
    assert d_prime(0.968) == pytest.approx(2.621, abs=0.02)
    for area in (0.1, 0.9, 0.9999):
        assert d_prime(area) == pytest.approx(math.sqrt(2) * norm.ppf(area))
    assert d_prime(1.0) == math.inf
    assert d_prime(0.0) == -math.inf
    assert math.isnan(d_prime(math.nan))


def test_means_leave_out_what_is_not_defined() -> None:
    assert mean(np.array([0.25, np.nan, 0.75])) == 0.5
    assert math.isnan(mean(np.array([np.nan])))


def test_a_class_that_nothing_or_everything_has() -> None:
    truth = np.array([[0, 1], [0, 1], [0, 1]], bool)
    counts = ScoreStatistics.of(truth, np.random.default_rng(0).random((3, 2), np.float32))
    np.testing.assert_array_equal(average_precision(counts), [np.nan, 1])
    np.testing.assert_array_equal(roc_auc(counts), [np.nan, np.nan])
    np.testing.assert_array_equal(best_f1(counts).f1, [np.nan, 1])
    assert len(precision_recall(counts, 0).recall) == 0
    assert np.isnan(roc(counts, 0).true_positive_rate).all()
    assert np.isnan(roc(counts, 1).false_positive_rate).all()


def test_one_clip() -> None:
    counts = count([1], [0.3])
    assert average_precision(counts).tolist() == [1]
    assert math.isnan(roc_auc(counts)[0])
