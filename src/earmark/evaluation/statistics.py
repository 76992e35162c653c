"""What all metrics of a class are made of: how far each threshold catches what is to be caught.

A metric of a class depends on its scores only by how many clips score at or above each threshold,
and how many of those have the class. These counts change the metric only at the scores of clips
that have it, its positives; so one count at each different score of a positive is enough for
average precision, the area under the ROC curve, both curves and the best F1, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from earmark.errors import DataError
from earmark.formats import Labels

__all__ = ["ScoreStatistics", "Scores", "Truth", "blocks", "checked", "shares"]

Scores: TypeAlias = NDArray[np.floating]
"""float [clips, classes], of float32 as a rule: higher where the class is more likely there."""
Truth: TypeAlias = NDArray[np.bool_] | Labels
"""bool [clips, classes], or the labels of each clip: which classes are there."""

_BLOCK = 16
"""Classes that are copied at once: sixteen float32 are what a processor fetches together."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ScoreStatistics:
    """How many clips, and how many positives, score at or above each threshold of each class.

    The points of class ``i`` are ``points(i)`` of the arrays, from the highest threshold to the
    lowest. Each different score of a positive of the class is a threshold, and there are no others.

    Examples
    --------
    >>> truth = np.array([[True], [False], [True], [False]])
    >>> found = ScoreStatistics.of(truth, np.array([[0.9], [0.8], [0.8], [0.1]], np.float32))
    >>> found.hits, found.at_or_above, found.above
    (array([1, 2]), array([1, 3]), array([0, 1]))
    """

    thresholds: Scores
    """float [points], of the type of the scores"""
    hits: NDArray[np.int64]
    """int64 [points]: how many positives score at or above the threshold (true positives)."""
    at_or_above: NDArray[np.int64]
    """int64 [points]: how many clips score at or above it (true and false positives)."""
    above: NDArray[np.int64]
    """int64 [points]: how many clips score above it."""
    offsets: NDArray[np.int64]
    """int64 [classes + 1]: where each class's points begin."""
    positives: NDArray[np.int64]
    """int64 [classes]: how many clips have the class."""
    n_clips: int
    """How many clips there are."""

    @classmethod
    def of(cls, truth: Truth, scores: Scores) -> ScoreStatistics:
        """Count.

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
        counts = [
            _count(column, own)
            for _, positive, columns in blocks(there, scores)
            for column, own in _sorted(positive, columns)
        ]
        thresholds, hits, at_or_above, above = map(np.concatenate, zip(*counts, strict=True))
        sizes = [len(part) for part, *_ in counts]
        return cls(
            thresholds=thresholds,
            hits=hits,
            at_or_above=at_or_above,
            above=above,
            offsets=np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]),
            positives=there.sum(axis=0, dtype=np.int64),
            n_clips=len(there),
        )

    @property
    def n_classes(self) -> int:
        """How many classes there are."""
        return len(self.positives)

    def __repr__(self) -> str:
        """Show of how much it is."""
        return f"ScoreStatistics({self.n_clips} clips, {self.n_classes} classes)"

    def points(self, index: int) -> slice:
        """Return where the points of a class are."""
        return slice(int(self.offsets[index]), int(self.offsets[index + 1]))

    def total(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Add values of points, float [points], up for each class: float64 [classes]."""
        classes = np.repeat(np.arange(self.n_classes), np.diff(self.offsets))
        return np.bincount(classes, values, minlength=self.n_classes).astype(np.float64)


def checked(truth: Truth, scores: Scores, *, between_0_and_1: bool = False) -> NDArray[np.bool_]:
    """Return which classes each clip has, bool [clips, classes], if that fits to the scores.

    Raises
    ------
    DataError
        If there is no clip or no class, the shapes or types are others, or a score is not finite,
        or, where that matters, not between 0 and 1.
    """
    if scores.ndim != 2 or not np.issubdtype(scores.dtype, np.floating):
        raise DataError(f"scores must be float [clips, classes], not {_spell(scores)}")
    clips, classes = scores.shape
    if not clips or not classes:
        raise DataError(
            f"there is nothing to measure in scores of {clips} clips, {classes} classes"
        )
    if len(truth) != clips:
        raise DataError(f"there are scores of {clips} clips and the labels of {len(truth)}")
    there = truth.to_multi_hot(classes) if isinstance(truth, Labels) else truth
    if there.dtype != np.bool_ or there.shape != scores.shape:
        raise DataError(
            f"what is there must be bool {list(scores.shape)}, as the scores, not {_spell(there)}"
        )
    finite = np.isfinite(scores)
    if not finite.all():
        clip, index = np.argwhere(~finite)[0]
        raise DataError(
            f"the score of clip {clip} for class {index} is {scores[clip, index]}, "
            "which is no score: make the predictions again"
        )
    if between_0_and_1 and (scores.min() < 0 or scores.max() > 1):
        raise DataError(
            f"scores must lie between 0 and 1, and these reach from {scores.min():g} to "
            f"{scores.max():g}: put logits through a sigmoid first"
        )
    return there


def blocks(
    there: NDArray[np.bool_], scores: Scores
) -> Iterator[tuple[slice, NDArray[np.bool_], Scores]]:
    """Give some classes after the other, in copies in which a class's clips lie together.

    Yields
    ------
    classes : slice
        Which classes they are.
    there : bool [some classes, clips]
    scores : float [some classes, clips]
    """
    for first in range(0, scores.shape[1], _BLOCK):
        classes = slice(first, min(first + _BLOCK, scores.shape[1]))
        yield (
            classes,
            np.array(there[:, classes].T, order="C"),
            np.array(scores[:, classes].T, order="C"),
        )


def shares(
    parts: NDArray[np.floating] | NDArray[np.integer], wholes: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Divide, float64 [n], where there is something to divide by; ``nan`` elsewhere."""
    undefined = np.full(len(wholes), np.nan)
    divided: NDArray[np.float64] = np.divide(parts, wholes, out=undefined, where=wholes > 0)
    return divided


def _sorted(there: NDArray[np.bool_], columns: Scores) -> Iterator[tuple[Scores, Scores]]:
    """Give all scores of each of some classes, and those of its positives, both rising."""
    own = [np.sort(column[it]) for column, it in zip(columns, there, strict=True)]
    return zip(np.sort(columns, axis=1), own, strict=True)


def _count(ordered: Scores, own: Scores) -> tuple[Scores, *tuple[NDArray[np.int64], ...]]:
    """Give thresholds of one class and the counts at each, from all scores and the positives'."""
    first = np.flatnonzero(np.diff(own, prepend=-np.inf))  # of each run of equal ones
    thresholds = own[first][::-1]
    below, not_above = (ordered.searchsorted(thresholds, side) for side in ("left", "right"))
    return thresholds, (len(own) - first)[::-1], len(ordered) - below, len(ordered) - not_above


def _spell(array: NDArray[np.generic]) -> str:
    return f"{array.dtype} {list(array.shape)}"
