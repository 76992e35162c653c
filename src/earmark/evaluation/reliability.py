"""Whether scores are probabilities: of the clips that score 0.3, three in ten have the class.

Reliability bins and the expected calibration error (Naeini, Cooper and Hauskrecht 2015), which say
how far off they are, and the Brier score (1950), the mean square error, which also rewards telling
clips apart. A score of each class and clip is one guess.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import UsageError
from earmark.evaluation.metrics import PerClass
from earmark.evaluation.statistics import Scores, Truth, blocks, checked, shares

__all__ = ["BINS", "Bins", "Reliability"]

BINS = 15
"""How many, as is usual since Guo et al. 2017."""


@dataclass(frozen=True, eq=False)
class Bins:
    """A reliability diagram: bins of equal width, from the lowest scores to the highest."""

    edges: NDArray[np.float64]
    """float64 [bins + 1], from 0 to 1: a score is in the bin whose lower edge it reaches."""
    count: NDArray[np.int64]
    """int64 [bins]: how many scores are in each."""
    score: NDArray[np.float64]
    """float64 [bins]: their mean; ``nan`` in an empty bin."""
    share: NDArray[np.float64]
    """float64 [bins]: the share of them that was right; ``nan`` in an empty bin."""

    @property
    def error(self) -> float:
        """Expected calibration error: ``|share - score|`` averaged over scores, in [0, 1]."""
        filled = self.count > 0
        gaps = np.abs(self.share - self.score)[filled]
        return float(np.average(gaps, weights=self.count[filled]))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Reliability:
    """How many scores of each class are in each bin, and how many of those were right."""

    count: NDArray[np.int64]
    """int64 [classes, bins]"""
    right: NDArray[np.int64]
    """int64 [classes, bins]"""
    summed: NDArray[np.float64]
    """float64 [classes, bins]: the scores added up."""
    squares: NDArray[np.float64]
    """float64 [classes]: the squared errors added up."""

    @classmethod
    def of(cls, truth: Truth, scores: Scores, *, bins: int = BINS) -> Reliability:
        """Count.

        Parameters
        ----------
        truth : bool [clips, classes] or Labels
        scores : float [clips, classes]
            In [0, 1]: raw scores, or calibrated ones.
        bins : int
            How many, 1 or more.

        Raises
        ------
        DataError
            If the two do not fit together or a score is not from 0 to 1.
        UsageError
            If there are no bins.
        """
        if bins < 1:
            raise UsageError(f"scores cannot be put into {bins} bins: take 1 or more")
        there = checked(truth, scores, between_0_and_1=True)
        counted = np.zeros((3, scores.shape[1], bins))
        squares = np.zeros(scores.shape[1])
        for classes, positive, columns in blocks(there, scores):
            places = np.minimum((columns * bins).astype(np.int64), bins - 1)
            cells = (places + np.arange(len(columns))[:, None] * bins).ravel()
            for at, weights in enumerate((None, positive.ravel(), columns.ravel())):
                added = np.bincount(cells, weights, minlength=len(columns) * bins)
                counted[at, classes] = added.reshape(-1, bins)
            squares[classes] = np.square(columns - positive).sum(axis=1, dtype=np.float64)
        return cls(
            count=counted[0].astype(np.int64),
            right=counted[1].astype(np.int64),
            summed=counted[2],
            squares=squares,
        )

    def __repr__(self) -> str:
        """Show of how much it is, and the error."""
        return f"Reliability({len(self.count)} classes, error {self.bins().error:.4f})"

    def bins(self, index: int | None = None) -> Bins:
        """Return the bins of a class, or those of all classes together."""
        of_one = slice(None) if index is None else slice(index, index + 1)
        count, right, summed = (
            each[of_one].sum(axis=0) for each in (self.count, self.right, self.summed)
        )
        edges = np.linspace(0, 1, len(count) + 1)
        return Bins(edges, count, shares(summed, count), shares(right, count))

    def error_per_class(self) -> PerClass:
        """Return the expected calibration error of each class: float64 [classes].

        Their mean is the class-wise error, in which the many scores near 0 of rare classes do not
        hide the rest (Nixon et al. 2019: static calibration error).
        """
        return np.array([self.bins(index).error for index in range(len(self.count))])

    def brier(self) -> float:
        """Return the Brier score: the mean of ``(score - truth)**2``, in [0, 1]."""
        return float(self.squares.sum() / self.count.sum())
