"""Which classes are taken for which others.

Three ways to count, for three kinds of clips. Where every clip has one label and the best class is
the answer, a confusion matrix. Where clips have several labels and each class has a threshold,
which classes are said to be there, wrongly, in clips that have another. And without thresholds,
which classes score above one that is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import DataError
from earmark.evaluation.statistics import Scores, Truth, checked, shares
from earmark.ontology import Label, ancestors, nodes

__all__ = ["Confusion", "Confusions", "confusion_matrix", "false_alarms", "outranked", "related"]

_AT_ONCE = 4096
"""Clips that are looked through at once, which bounds the memory needed."""
_MORE = 5
"""Clips of the usual kind that are added to each pair's."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one class is taken for another."""

    true: int
    """The class that is there."""
    other: int
    """The class that is not there."""
    count: int
    """In how many clips that have the first and not the other the other was found."""
    clips: int
    """How many clips have the first and not the other."""
    usual: float
    """The share of the clips with any label but the other in which the other was found."""

    @property
    def share(self) -> float:
        """The share of those clips in which it was found, in [0, 1]."""
        return self.count / self.clips

    @property
    def excess(self) -> float:
        """How much more often it was found there than is usual for it."""
        return self.share - self.usual


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Confusions:
    """For each pair of classes, how often the second was found where only the first is."""

    found: NDArray[np.int64]
    """int64 [true classes, other classes]: clips that have the one, not the other, in which the
    other was found. On the diagonal those in which the class itself was found."""
    clips: NDArray[np.int64]
    """int64 [true classes, other classes]: clips that have the one and not the other. On the
    diagonal those that have the class."""

    def __repr__(self) -> str:
        """Show of how many classes it is."""
        return f"Confusions({len(self.found)} classes)"

    def share(self) -> NDArray[np.float64]:
        """Divide the one by the other: float64 [classes, classes], ``nan`` without such clips."""
        divided = shares(self.found.ravel(), self.clips.ravel())
        return divided.reshape(self.found.shape)

    def worst(
        self,
        count: int,
        *,
        fewest: int = 3,
        ignore: NDArray[np.bool_] | None = None,
    ) -> tuple[Confusion, ...]:
        """Return the pairs that are confused most, beyond what is usual for the other class.

        A class that is found everywhere is confused with nothing in particular. Few clips prove
        little: each pair is judged as if five more clips had been as is usual. Of equal pairs the
        one with the lower classes comes first.

        Parameters
        ----------
        count : int
            How many pairs, if there are so many.
        fewest : int
            In how many clips it must have happened.
        ignore : bool [classes, classes], optional
            Pairs, true and other, to leave out, such as a sound and what it is a kind of.
        """
        wrong = ~np.eye(len(self.found), dtype=bool)
        usual = shares((self.found * wrong).sum(axis=0), (self.clips * wrong).sum(axis=0))
        wrong &= self.found >= max(fewest, 1)
        if ignore is not None:
            wrong &= ~ignore
        true, other = np.nonzero(wrong)
        clips = self.clips[true, other]
        excess = (self.found[true, other] - clips * usual[other]) / (clips + _MORE)
        order = np.argsort(-excess, kind="stable")[:count]
        return tuple(
            Confusion(
                true=int(a),
                other=int(b),
                count=int(self.found[a, b]),
                clips=int(self.clips[a, b]),
                usual=float(usual[b]),
            )
            for a, b in zip(true[order], other[order], strict=True)
        )


def confusion_matrix(truth: Truth, scores: Scores) -> Confusions:
    """Take the best class of each clip as the answer, of equals the one with the lower number.

    Parameters
    ----------
    truth : bool [clips, classes] or Labels
        One label for each clip.
    scores : float [clips, classes]

    Raises
    ------
    DataError
        If the two do not fit together, a score is not finite, or a clip has not exactly one label.
    """
    there = checked(truth, scores)
    labels = there.sum(axis=1)
    if (labels != 1).any():
        clip = int(np.flatnonzero(labels != 1)[0])
        raise DataError(
            f"a confusion matrix is of clips with one label each, and clip {clip} has "
            f"{labels[clip]}: count false alarms instead"
        )
    best = np.arange(scores.shape[1]) == scores.argmax(axis=1)[:, None]
    return _confusions(there, best)


def false_alarms(
    truth: Truth, scores: Scores, thresholds: NDArray[np.floating] | float
) -> Confusions:
    """Count which classes are said to be there in clips that have another.

    Parameters
    ----------
    truth : bool [clips, classes] or Labels
    scores : float [clips, classes]
    thresholds : float [classes] or float
        From which score on a class is said to be there, for each class or for all.

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
    return _confusions(there, scores >= thresholds)


def outranked(truth: Truth, scores: Scores) -> Confusions:
    """Count which classes score higher than one that is there.

    On the diagonal is in how many clips a class that is there is not outranked by any that is not.

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
    found = np.zeros((scores.shape[1],) * 2, np.int64)
    order = np.argsort(classes, kind="stable")  # so that a class's rows are added up as one run
    for first in range(0, len(order), _AT_ONCE):
        at = order[first : first + _AT_ONCE]
        own, rows = classes[at], clips[at]
        higher = (scores[rows] > scores[rows, own][:, None]) & ~there[rows]
        higher[np.arange(len(at)), own] = ~higher.any(axis=1)
        starts = np.flatnonzero(np.diff(own, prepend=-1))
        found[own[starts]] += np.add.reduceat(higher, starts, axis=0, dtype=np.int64)
    return Confusions(found=found, clips=_clips(there))


def related(table: Sequence[Label]) -> NDArray[np.bool_]:
    """Tell which classes are kinds of which in AudioSet's ontology, either way round.

    Whoever says "dog" where the label is "animal" is not wrong, though the labels do not say so.

    Parameters
    ----------
    table : sequence of Label
        The classes, in the order of the scores; those that are not AudioSet's are related to none.

    Returns
    -------
    bool [classes, classes]
        Symmetric; to be ignored by `Confusions.worst`.
    """
    known, audiosets = {label.id: label.index for label in table}, {node.id for node in nodes()}
    pairs = np.zeros((len(table), len(table)), bool)
    for label in table:
        above = ancestors(label.id) if label.id in audiosets else ()
        pairs[label.index, [known[node.id] for node in above if node.id in known]] = True
    return pairs | pairs.T


def _confusions(there: NDArray[np.bool_], said: NDArray[np.bool_]) -> Confusions:
    found = _together(there, said & ~there)
    np.fill_diagonal(found, np.count_nonzero(there & said, axis=0))
    return Confusions(found=found, clips=_clips(there))


def _clips(there: NDArray[np.bool_]) -> NDArray[np.int64]:
    alone = _together(there, ~there)
    np.fill_diagonal(alone, there.sum(axis=0))
    return alone


def _together(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count the clips that have both, for each pair of classes: int64 [classes, classes]."""
    # Whole numbers are exact in float32 up to 2**24, and its products are fast.
    summed = np.zeros((one.shape[1], other.shape[1]), np.int64)
    for first in range(0, len(one), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        both = one[part].T.astype(np.float32) @ other[part].astype(np.float32)
        summed += both.astype(np.int64)
    return summed
