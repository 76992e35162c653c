"""How well the scores of each class rank clips: average precision, ROC, F1.

All of it is derived from one set of counts, `ScoreStatistics`, and none of it counts again.
Metrics of a class are ``nan`` where they are not defined: average precision, recall and F1 where
no clip has the class, the area under the ROC curve also where every clip has it. Means over classes
leave those classes out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from earmark.evaluation.statistics import Scores, ScoreStatistics, shares

__all__ = [
    "BestF1",
    "PrecisionRecall",
    "Roc",
    "average_precision",
    "best_f1",
    "d_prime",
    "mean",
    "precision_recall",
    "roc",
    "roc_auc",
]

PerClass = NDArray[np.float64]


def average_precision(counts: ScoreStatistics) -> PerClass:
    """Precision at each threshold, weighted by how much recall rises there: float64 [classes].

    ``AP = sum over thresholds of (R_k - R_(k-1)) P_k``. Equal scores are one threshold, and nothing
    is interpolated: scikit-learn's ``average_precision_score``, and AudioSet's mAP when averaged.
    """
    rise = np.diff(counts.hits, prepend=0)
    first = counts.offsets[:-1][counts.positives > 0]  # a class's first point rises from 0
    rise[first] = counts.hits[first]
    summed = counts.total(rise * (counts.hits / counts.at_or_above))
    return shares(summed, counts.positives)


def roc_auc(counts: ScoreStatistics) -> PerClass:
    """How often a positive scores above a negative, ties counting half: float64 [classes].

    This is the area under the ROC curve, with straight lines between its points (Hanley and
    McNeil, 1982).
    """
    before = np.zeros_like(counts.hits)  # positives above each threshold
    before[1:] = counts.hits[:-1]
    before[counts.offsets[:-1][counts.positives > 0]] = 0
    negatives_above = counts.above - before
    negatives_at = counts.at_or_above - counts.hits - negatives_above
    lost = counts.total((counts.hits - before) * (negatives_above + negatives_at / 2))
    negatives = counts.n_clips - counts.positives
    return 1 - shares(lost, counts.positives * negatives)


def d_prime(auc: float) -> float:
    """How far apart two normal distributions of equal width are that have this area: ``d'``.

    ``sqrt(2) * ppf(auc)``, in standard deviations; AudioSet's d' is that of the *mean* area under
    the ROC curve, and not a mean of d' (Gemmeke et al. 2017). It is infinite where the area is 1.
    """
    if math.isnan(auc) or 0 < auc < 1:
        return auc if math.isnan(auc) else math.sqrt(2) * NormalDist().inv_cdf(auc)
    return math.copysign(math.inf, auc - 0.5)


def mean(values: PerClass) -> float:
    """Average over the classes for which a metric is defined; ``nan`` where there is none."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else math.nan


@dataclass(frozen=True, eq=False)
class PrecisionRecall:
    """A precision-recall curve, from the highest threshold to the lowest: recall rises."""

    thresholds: Scores
    """float [points]: each different score of a positive."""
    precision: NDArray[np.float64]
    """float64 [points]: of the clips that score at or above it, the share that has the class."""
    recall: NDArray[np.float64]
    """float64 [points]: of the clips that have the class, the share that scores at or above it."""


def precision_recall(counts: ScoreStatistics, index: int) -> PrecisionRecall:
    """Return the precision-recall curve of a class.

    It has a point wherever recall rises; between two points precision only falls.
    """
    at = counts.points(index)
    return PrecisionRecall(
        counts.thresholds[at],
        counts.hits[at] / counts.at_or_above[at],
        counts.hits[at] / counts.positives[index],
    )


@dataclass(frozen=True, eq=False)
class Roc:
    """A ROC curve, to be drawn with straight lines from point to point."""

    false_positive_rate: NDArray[np.float64]
    """float64 [corners], rising from 0 to 1: the share of the negatives that is caught."""
    true_positive_rate: NDArray[np.float64]
    """float64 [corners], rising from 0 to 1: the share of the positives."""


def roc(counts: ScoreStatistics, index: int) -> Roc:
    """Return the corners of a class's ROC curve; ``nan`` where the class has no area under it."""
    at = counts.points(index)
    hits = np.concatenate([[0], counts.hits[at]])
    positives = int(counts.positives[index])
    negatives = counts.n_clips - positives
    # Before each threshold the curve goes to the right, and at it upwards.
    caught = np.stack([counts.above[at] - hits[:-1], counts.at_or_above[at] - hits[1:]], axis=1)
    misses = np.concatenate([[0], caught.ravel(), [negatives]])
    found = np.concatenate([[0], np.stack([hits[:-1], hits[1:]], axis=1).ravel(), [positives]])
    with np.errstate(invalid="ignore"):
        return Roc(misses / negatives, found / positives)


@dataclass(frozen=True, eq=False)
class BestF1:
    """For each class the threshold with the highest F1, the highest of several; nan without one."""

    thresholds: NDArray[np.float64]
    """float64 [classes]: the class is said to be there in clips that score this or more."""
    f1: PerClass
    """float64 [classes]: ``2 P R / (P + R)`` there."""
    precision: PerClass
    """float64 [classes]"""
    recall: PerClass
    """float64 [classes]"""


def best_f1(counts: ScoreStatistics) -> BestF1:
    """Find the threshold of each class with the best F1 on these very clips.

    That is what the class could reach at best. For a threshold to use on other clips see
    `earmark.evaluation.thresholds`.
    """
    found = np.full((4, counts.n_classes), np.nan)
    for index in np.flatnonzero(counts.positives).tolist():
        at = counts.points(index)
        positives = counts.positives[index]
        f1 = 2 * counts.hits[at] / (counts.at_or_above[at] + positives)
        best = int(f1.argmax())
        hits = counts.hits[at][best]
        precision, recall = hits / counts.at_or_above[at][best], hits / positives
        found[:, index] = counts.thresholds[at][best], f1[best], precision, recall
    return BestF1(*found)
