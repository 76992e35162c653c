"""How well the scores of each clip rank classes: where its labels stand among all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.evaluation.metrics import PerClass
from earmark.evaluation.statistics import Scores, Truth, checked, shares

__all__ = ["LabelRanks", "lwlrap", "lwlrap_per_class"]

_AT_ONCE = 4096
"""Labels whose clips' scores are looked through at once, which bounds the memory needed."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LabelRanks:
    """For each label of each clip, where its score stands among those of the clip's classes."""

    clips: NDArray[np.int64]
    """int64 [labels]: the clip of each, rising."""
    classes: NDArray[np.int64]
    """int64 [labels]: its class."""
    scores: Scores
    """float [labels]: its score."""
    at_or_above: NDArray[np.int64]
    """int64 [labels]: how many of the clip's classes score as high or higher, itself counted."""
    hits: NDArray[np.int64]
    """int64 [labels]: how many of those are labels of the clip."""
    places: NDArray[np.int64]
    """int64 [labels]: its place in the clip, from 0; of equals the lower class comes first."""
    n_clips: int
    """How many clips there are, with those that have no label."""
    n_classes: int
    """How many classes there are."""

    @classmethod
    def of(cls, truth: Truth, scores: Scores) -> LabelRanks:
        """Rank.

        Parameters
        ----------
        truth : bool [clips, classes] or Labels
        scores : float [clips, classes]

        Raises
        ------
        DataError
            If the two do not fit together or a score is not finite.
        """
        there = checked(truth, scores)
        clips, classes = np.nonzero(there)
        counts = np.empty((3, len(clips)), np.int64)
        for first in range(0, len(clips), _AT_ONCE):
            at = slice(first, first + _AT_ONCE)
            counts[:, at] = _look_through(there[clips[at]], scores[clips[at]], classes[at])
        return cls(
            clips=clips,
            classes=classes,
            scores=scores[clips, classes],
            at_or_above=counts[0],
            hits=counts[1],
            places=counts[2],
            n_clips=len(there),
            n_classes=there.shape[1],
        )

    def __repr__(self) -> str:
        """Show of how much it is."""
        return f"LabelRanks({len(self.clips)} labels of {self.n_clips} clips)"

    @property
    def labels_of_clips(self) -> NDArray[np.int64]:
        """How many labels each clip has: int64 [clips]."""
        return np.bincount(self.clips, minlength=self.n_clips)


def lwlrap(ranks: LabelRanks) -> float:
    """Label-weighted label-ranking average precision, in [0, 1]; ``nan`` without labels.

    The mean over all labels of all clips of the precision at the label's rank: of the classes of
    its clip that score as high or higher, the share that are labels of the clip (Fonseca et al.,
    "Audio tagging with noisy labels and minimal supervision", DCASE 2019). It is scikit-learn's
    ``label_ranking_average_precision_score`` with each clip weighted by its number of labels.
    """
    return float((ranks.hits / ranks.at_or_above).mean()) if len(ranks.clips) else float("nan")


def lwlrap_per_class(ranks: LabelRanks) -> PerClass:
    """Average the same over each class's labels: float64 [classes], ``nan`` without any.

    Weighted by the number of labels, their mean is `lwlrap`.
    """
    precision = ranks.hits / ranks.at_or_above
    summed = np.bincount(ranks.classes, precision, minlength=ranks.n_classes)
    counts = np.bincount(ranks.classes, minlength=ranks.n_classes)
    return shares(summed, counts)


def _look_through(
    there: NDArray[np.bool_], scores: Scores, classes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Count for one class in each row: at or above it, labels among those, and before it."""
    own = scores[np.arange(len(classes)), classes][:, None]
    as_high = scores >= own
    at_or_above, hits, places = (
        np.count_nonzero(them, axis=1) for them in (as_high, as_high & there, scores > own)
    )
    ties = np.flatnonzero(at_or_above > places + 1)
    lower = np.arange(scores.shape[1]) < classes[ties, None]
    places[ties] += np.count_nonzero(lower & (scores[ties] == own[ties]), axis=1)
    return at_or_above, hits, places
