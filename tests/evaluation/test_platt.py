"""Platt scaling of many classes, beside a general optimiser that sees every score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from evaluation.drawn import World
from scipy.optimize import minimize

from earmark.evaluation import platt
from earmark.evaluation.logit_counts import LogitCounts
from earmark.evaluation.platt import Prior

PRIOR = Prior(np.array([0.3, -1.0]), np.array([[0.1, 0.05], [0.05, 0.4]]))


def plain(truth: np.ndarray, scores: np.ndarray, prior: Prior) -> np.ndarray:
    """Minimise what is written at the top of the module for one class, score by score."""
    near = np.clip(scores.astype(float), 1e-7, 1 - 1e-7)
    logits, precision = np.log(near / (1 - near)), np.linalg.inv(prior.covariance)

    def loss(at: np.ndarray) -> float:
        z = np.exp(at[0]) * logits + at[1]
        apart = at - prior.mean
        return float(np.logaddexp(0, np.where(truth, -z, z)).sum() + apart @ precision @ apart / 2)

    return np.asarray(minimize(loss, prior.mean, tol=1e-10).x)


def test_classes_are_fitted_as_a_general_optimiser_fits_them() -> None:
    truth, scores = World.of(6, slope=1.6, offset=-2, spread=0.4).clips(800, seed=1)
    truth[:, 5] = False
    counts = LogitCounts.of(truth, scores)
    every = np.ones(6, bool)
    fitted, uncertain = platt.fit_classes(counts, PRIOR, start=np.zeros((6, 2)), among=every)
    for index in range(6):
        wanted = plain(truth[:, index], scores[:, index], PRIOR)
        # Within a small part of how uncertain it is; what counting in steps costs.
        off = np.abs(fitted[index] - wanted) / np.sqrt(np.diag(uncertain[index]))
        assert off.max() < 0.1


def test_what_classes_have_in_common_is_found() -> None:
    truth, scores = World.of(200, slope=1.6, offset=-2, spread=0.3).clips(2000, seed=1)
    fitted = platt.fit(LogitCounts.of(truth, scores))
    assert fitted.prior.mean == pytest.approx([np.log(1.6), -2], abs=0.1)
    assert np.sqrt(np.diag(fitted.prior.covariance)) == pytest.approx([0.3, 0.6], rel=0.2)


def test_a_rare_class_leans_on_the_common_ones() -> None:
    common = World.of(40, slope=1.6, offset=-2, spread=0.1)
    rarity, offsets = common.rarity.copy(), common.offsets.copy()
    rarity[0], rarity[1] = -30, -9.5  # no positives, and a few
    offsets[0], offsets[1] = 3, -6
    truth, scores = replace(common, rarity=rarity, offsets=offsets).clips(3000, seed=1)
    assert truth.sum(axis=0)[:2].tolist() == [0, 3]
    fitted = platt.fit(LogitCounts.of(truth, scores))
    slope, offset = np.exp(fitted.prior.mean[0]), fitted.prior.mean[1]
    # One without positives has what all have in common, and no more.
    assert (fitted.slopes[0], fitted.offsets[0]) == (slope, offset)
    # Three positives move it but a part of the way.
    assert fitted.slopes[1] == pytest.approx(slope, rel=0.2)
    assert -5 < fitted.offsets[1] < offset


def test_the_same_every_time() -> None:
    counts = LogitCounts.of(*World.of(10, slope=0.7, offset=1, spread=0.3).clips(300, seed=1))
    first, second = platt.fit(counts), platt.fit(counts)
    assert np.array_equal(first.slopes, second.slopes)
    assert np.array_equal(first.offsets, second.offsets)


@pytest.mark.parametrize("right", [True, False])
def test_scores_that_part_classes_wholly_have_a_finite_slope(right: bool) -> None:
    # Nothing but the prior keeps the slope from growing, or from falling, without end.
    truth = np.repeat([[True], [False]], 10, axis=0)
    scores = np.where(truth == right, 0.999, 0.001).astype(np.float32)
    fitted = platt.fit(LogitCounts.of(truth, scores))
    assert np.isfinite([fitted.slopes, fitted.offsets]).all()
    assert 0.01 < fitted.slopes[0] < 5
    assert (fitted.slopes[0] > 1) == right


@pytest.mark.parametrize("score", [0.0, 0.3, 1.0])
def test_scores_all_alike_take_the_share_of_positives(score: float) -> None:
    truth = np.arange(1000)[:, None] < 200
    counts = LogitCounts.of(truth, np.full((1000, 1), score, np.float32))
    fitted = platt.fit(counts)
    logit = fitted.slopes[0] * counts.logits[0, counts.clips[0] > 0][0] + fitted.offsets[0]
    assert 1 / (1 + np.exp(-logit)) == pytest.approx(0.2, abs=0.02)
