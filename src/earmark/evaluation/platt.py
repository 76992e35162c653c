"""Platt scaling of many classes at once, in which rare classes lean on the common ones.

For each class ``c`` a score ``s`` becomes ``p = sigmoid(exp(a_c) logit(s) + b_c)`` (Platt 1999;
the slope is an exponential so that it cannot turn the order of scores round). ``(a_c, b_c)`` are
taken to come from one normal distribution over classes, whose mean ``m`` and covariance ``S`` are
learned from all of them. What is made as small as can be is::

    sum over classes of [ - sum over clips of log p(what is there | a_c, b_c)
                          + (a_c - m_0, b_c - m_1) S^-1 (a_c - m_0, b_c - m_1)' / 2 ]
    + m M^-1 m' / 2

where M says that a calibration is not too far from none at all (a = b = 0), by expectation and
maximisation: the classes given ``m`` and ``S`` by Fisher scoring, then ``m`` and ``S`` given the
classes and how uncertain each is (the Laplace approximation). A class with thousands of positives
is fitted as if it were alone; one with three is hardly moved from ``m``. This is empirical Bayes
(Morris 1983). Nothing in it is drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.evaluation.logit_counts import LogitCounts

__all__ = ["Platt", "Prior", "fit", "fit_classes"]

Array = NDArray[np.float64]

_FAR = np.diag([0.5, 2.0]) ** 2
"""M: how far the mean of ``log slope`` and ``offset`` may be from zero, as variances. Sampling that
balances classes shifts offsets by 2 and more, while slopes seldom double."""
_SCATTER = np.diag([0.15, 0.3]) ** 2
"""S before anything was seen."""
_SEEN = 4.0
"""As if it had been seen in so many classes."""
_ROUNDS = 100
_ENOUGH = 1e-4
"""Rounds end when nothing of ``m`` or ``S`` changes by more."""


@dataclass(frozen=True, eq=False)
class Prior:
    """How slopes and offsets are distributed over classes."""

    mean: Array
    """float64 [2]: of the logarithm of the slope, and of the offset."""
    covariance: Array
    """float64 [2, 2]"""


@dataclass(frozen=True, eq=False)
class Platt:
    """A fit."""

    slopes: Array
    """float64 [classes], above 0"""
    offsets: Array
    """float64 [classes]"""
    prior: Prior
    """What the classes have in common."""


def fit(counts: LogitCounts) -> Platt:
    """Fit all classes and what they have in common.

    A class without positives says nothing of how its positives score: it gets the mean.
    """
    some = counts.positives.sum(axis=1) > 0
    prior = Prior(np.zeros(2), _FAR + _SCATTER)
    fitted: Array = np.zeros((np.count_nonzero(some), 2))
    for _ in range(_ROUNDS):
        fitted, uncertain = fit_classes(counts, prior, start=fitted, among=some)
        last, prior = prior, _prior_of(fitted, uncertain, prior)
        moved = np.abs(prior.mean - last.mean), np.abs(prior.covariance - last.covariance)
        if max(each.max() for each in moved) < _ENOUGH:
            break
    everything = np.tile(prior.mean, (len(some), 1))
    everything[some] = fitted
    return Platt(np.exp(everything[:, 0]), everything[:, 1], prior)


def fit_classes(
    counts: LogitCounts, prior: Prior, *, start: Array, among: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """Fit some classes, given what all have in common.

    Parameters
    ----------
    counts : LogitCounts
    prior : Prior
    start : float64 [some classes, 2]
        Where to begin: ``log slope`` and ``offset`` of each.
    among : bool [classes]
        Which classes.

    Returns
    -------
    fitted : float64 [some classes, 2]
    uncertain : float64 [some classes, 2, 2]
        The covariance of each.
    """
    filled = np.ix_(among, counts.clips.any(axis=0))
    table = _Table(counts.clips[filled], counts.positives[filled], counts.logits[filled], prior)
    at, losses = start, table.losses(start)
    for _ in range(50):
        gradients, curvatures = table.derivatives(at)
        steps = np.linalg.solve(curvatures, gradients[:, :, None])[:, :, 0]
        sizes = np.ones((len(at), 1))
        for _ in range(20):  # a step that does not lead down is halved
            trial_losses = table.losses(at - sizes * steps)
            up = trial_losses > losses + 1e-12 * np.abs(losses)
            if not up.any():
                break
            sizes[up] /= 2
        sizes[up] = 0
        at = at - sizes * steps
        losses = np.where(up, losses, trial_losses)
        if np.abs(sizes * steps).max(initial=0) < 1e-7:
            break
    return at, _inverse(table.derivatives(at)[1])


@dataclass(frozen=True, eq=False)
class _Table:
    """Counts of some classes, and what is to be made small for each."""

    clips: Array
    positives: Array
    logits: Array
    prior: Prior

    def losses(self, at: Array) -> Array:
        """Negative logarithm of likelihood and prior, float64 [classes], up to a constant."""
        slopes, offsets = np.exp(at[:, :1]), at[:, 1:]
        z = slopes * self.logits + offsets
        softplus = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
        apart = at - self.prior.mean
        from_prior = np.einsum("ci,ij,cj->c", apart, _inverse(self.prior.covariance), apart)
        loss: Array = (self.clips * softplus - self.positives * z).sum(axis=1) + from_prior / 2
        return loss

    def derivatives(self, at: Array) -> tuple[Array, Array]:
        """Gradient, float64 [classes, 2], and expected second derivatives, [classes, 2, 2]."""
        slopes, offsets = np.exp(at[:, :1]), at[:, 1:]
        sloped = slopes * self.logits  # also the derivative of z by the slope's logarithm
        p = (1 + np.tanh((sloped + offsets) / 2)) / 2
        surplus, weights = self.clips * p - self.positives, self.clips * p * (1 - p)
        precision = _inverse(self.prior.covariance)
        gradients = np.stack([(surplus * sloped).sum(axis=1), surplus.sum(axis=1)], axis=1)
        second = [(weights * sloped**power).sum(axis=1) for power in (2, 1, 1, 0)]
        curvatures = np.stack(second, axis=1).reshape(-1, 2, 2)
        return gradients + (at - self.prior.mean) @ precision, curvatures + precision


def _prior_of(fitted: Array, uncertain: Array, last: Prior) -> Prior:
    """Find what classes have in common from their fits."""
    precision, far = _inverse(last.covariance), _inverse(_FAR)
    total = precision @ fitted.sum(axis=0)
    mean = np.linalg.solve(len(fitted) * precision + far, total)
    apart = fitted - mean
    scatter = apart.T @ apart + uncertain.sum(axis=0)
    return Prior(mean, (scatter + _SEEN * _SCATTER) / (len(fitted) + _SEEN))


def _inverse(matrices: Array) -> Array:
    return np.linalg.inv(matrices).astype(np.float64, copy=False)
