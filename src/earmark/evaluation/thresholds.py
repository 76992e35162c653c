"""From which score on a class is best said to be there, and how well that does.

The best threshold of a class with three positives on some clips is an accident of those three. So
what is maximised is F1 with hits counted partly as they were and partly as calibration expects
them, in the proportion in which the class has positives::

    F1(t) = 2 H(t) / (n(t) + P)    where H = w hits + (1 - w) expected hits, P likewise,
                                   and w = positives / (positives + 100)

A common class gets its own best threshold, and a rare one the one that is best if its calibrated
scores are right, which is half of the F1 that it reaches (Lipton, Elkan and Naryanaswamy 2014). A
class that is hardly found at all has the best F1 when it is said always to be there; therefore no
threshold is set where less than a tenth of the clips with that score have the class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import DataError
from earmark.evaluation.logit_counts import EDGES, NEAREST, LogitCounts
from earmark.evaluation.metrics import PerClass, mean
from earmark.evaluation.platt import Platt
from earmark.evaluation.statistics import Scores, Truth, checked, shares

__all__ = ["AtThresholds", "at_thresholds", "thresholds"]

_AS_IF = 100.0
"""With so many positives a class is trusted half. On AudioSet's evaluation set, half of it to learn
from, the macro F1 on the other half grows up to about here, and no more."""
_LEAST = 0.1
"""Of clips with a score at a threshold, the share that has the class at least."""


def thresholds(counts: LogitCounts, fitted: Platt) -> NDArray[np.float64]:
    """Find a threshold for each class, as a score, float64 [classes].

    Parameters
    ----------
    counts : LogitCounts
        Of the validation split.
    fitted : Platt
        Its calibration.
    """
    slopes, offsets = fitted.slopes[:, None], fitted.offsets[:, None]
    expected = counts.clips * _sigmoid(slopes * counts.logits + offsets)
    positives = counts.positives.sum(axis=1, keepdims=True)
    trusted = positives / (positives + _AS_IF)
    hits = trusted * counts.positives + (1 - trusted) * expected
    # At each edge: what is in the steps from there on.
    found, said = (np.cumsum(each[:, ::-1], axis=1)[:, ::-1] for each in (hits, counts.clips))
    f1 = 2 * found / (said + found[:, :1])
    likely = _sigmoid(slopes * EDGES[:-1] + offsets) >= _LEAST
    likely[:, -1] = True  # so that there is an edge
    chosen = _sigmoid(EDGES[_best(f1, likely)])
    chosen[chosen < NEAREST] = 0  # which a score of 0 reaches, too
    return chosen


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AtThresholds:
    """How well classes are found with a threshold for each; ``nan`` where that is not defined."""

    hits: NDArray[np.int64]
    """int64 [classes]: clips that have the class and score its threshold or more."""
    said: NDArray[np.int64]
    """int64 [classes]: clips that score its threshold or more."""
    positives: NDArray[np.int64]
    """int64 [classes]: clips that have the class."""

    @property
    def precision(self) -> PerClass:
        """Of the clips in which the class is said to be, the share that has it."""
        return shares(self.hits, self.said)

    @property
    def recall(self) -> PerClass:
        """Of the clips that have the class, the share in which it is said to be."""
        return shares(self.hits, self.positives)

    @property
    def f1(self) -> PerClass:
        """``2 P R / (P + R)``; not defined where no clip has the class."""
        both = np.where(self.positives > 0, self.said + self.positives, 0)
        return shares(2 * self.hits, both)

    @property
    def macro_f1(self) -> float:
        """F1 averaged over the classes that some clip has."""
        return mean(self.f1)

    @property
    def micro_f1(self) -> float:
        """F1 of all decisions together."""
        said, positives = self.said.sum(keepdims=True), self.positives.sum(keepdims=True)
        return float(shares(2 * self.hits.sum(keepdims=True), said + positives)[0])

    def __repr__(self) -> str:
        """Show how well that is."""
        return f"AtThresholds({len(self.hits)} classes, macro F1 {self.macro_f1:.3f})"


def at_thresholds(
    truth: Truth, scores: Scores, thresholds: NDArray[np.floating] | float
) -> AtThresholds:
    """Say of each class that it is there from its threshold on, and compare with the truth.

    Parameters
    ----------
    truth : bool [clips, classes] or Labels
    scores : float [clips, classes]
    thresholds : float [classes] or float
        One for each class, or one for all.

    Raises
    ------
    DataError
        If they do not fit together or a score is not finite.
    """
    there = checked(truth, scores)
    if np.ndim(thresholds) and np.shape(thresholds) != there.shape[1:]:
        raise DataError(
            f"there are scores of {there.shape[1]} classes and thresholds of shape "
            f"{list(np.shape(thresholds))}"
        )
    said = scores >= thresholds
    return AtThresholds(
        hits=np.count_nonzero(said & there, axis=0),
        said=np.count_nonzero(said, axis=0),
        positives=np.count_nonzero(there, axis=0),
    )


def _best(f1: NDArray[np.float64], allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Choose an edge for each class, int [classes], from float and bool [classes, edges].

    Where no score lies between edges they do equally well, and the one in the middle is safest.
    """
    at = np.arange(f1.shape[1])
    highest = np.where(allowed, f1, -1).max(axis=1, keepdims=True)
    equal = f1 >= highest - 1e-12
    last = np.where(equal & allowed, at, 0).max(axis=1)
    better_or_worse = np.abs(f1 - highest) > 1e-12
    first = np.where(better_or_worse & (at < last[:, None]), at + 1, 0).max(axis=1)
    chosen: NDArray[np.int64] = np.maximum((first + last) // 2, allowed.argmax(axis=1))
    return chosen


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    # However small, it is never 0.
    probabilities: NDArray[np.float64] = np.exp(-np.logaddexp(0, -logits))
    return probabilities
