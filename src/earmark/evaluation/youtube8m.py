"""YouTube-8M's metrics: Hit@1, PERR, mAP@20 and GAP (Abu-El-Haija et al. 2016).

The last two look at the twenty best classes of each clip only, and are other numbers than the mean
of average precisions over all clips that AudioSet's papers call mAP. Without equal scores all four
are those of YouTube-8M's own code. Where scores are equal it leaves the order to how its library
happens to partition an array, and to one random shuffle; here the class with the lower number
comes first within a clip, and average precision is the mean over all orders of equal scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import UsageError
from earmark.evaluation.metrics import PerClass, mean
from earmark.evaluation.ranking import LabelRanks
from earmark.evaluation.statistics import Scores, Truth, checked, shares

__all__ = ["TOP", "TopEntries", "gap", "hit_at_1", "map_at_k", "perr"]

TOP = 20
"""How many classes of each clip count."""
_AT_ONCE = 4096
"""Clips that are looked through at once, which bounds the memory needed."""


def hit_at_1(ranks: LabelRanks) -> float:
    """Share of the clips whose best class is one of their labels.

    A clip without labels is a miss. Where each clip has one label, this is accuracy.
    """
    return float(np.count_nonzero(ranks.places == 0) / ranks.n_clips)


def perr(ranks: LabelRanks) -> float:
    """Precision at equal recall rate: of as many best classes as a clip has labels, the right ones.

    Averaged over clips. A clip without labels counts as 0, and a class with the score 0 as wrong.
    """
    wanted = ranks.labels_of_clips[ranks.clips]
    right = (ranks.places < wanted) & (ranks.scores > 0)
    return float((right / wanted).sum() / ranks.n_clips)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TopEntries:
    """The best classes of each clip: what YouTube-8M's average precisions are made of."""

    classes: NDArray[np.int64]
    """int64 [entries]: the class of each."""
    scores: Scores
    """float [entries]"""
    right: NDArray[np.bool_]
    """bool [entries]: whether it is a label of its clip."""
    positives: NDArray[np.int64]
    """int64 [classes]: how many clips have each class, whether it is among their best or not."""

    @classmethod
    def of(cls, truth: Truth, scores: Scores, *, top: int = TOP) -> TopEntries:
        """Take the best classes of each clip, all of them where there are not so many.

        Parameters
        ----------
        truth : bool [clips, classes] or Labels
        scores : float [clips, classes]
        top : int
            How many, 1 or more.

        Raises
        ------
        DataError
            If the two do not fit together or a score is not finite.
        UsageError
            If `top` is less than 1.
        """
        if top < 1:
            raise UsageError(f"the best {top} classes of a clip are none: take 1 or more")
        there = checked(truth, scores)
        kept = min(top, scores.shape[1])
        rows = range(0, len(scores), _AT_ONCE)
        best = np.concatenate([_best(scores[at : at + _AT_ONCE], kept) for at in rows])
        clips, classes = np.nonzero(best)
        return cls(
            classes=classes,
            scores=scores[clips, classes],
            right=there[clips, classes],
            positives=there.sum(axis=0, dtype=np.int64),
        )

    def __repr__(self) -> str:
        """Show of how much it is."""
        return f"TopEntries({len(self.classes)} of {len(self.positives)} classes)"


def map_at_k(top: TopEntries) -> float:
    """Average precision of each class over the entries it has, averaged over classes: mAP@20.

    Of all a class's positives, not only of those among the entries, so that a class that never
    enters has 0. Classes without positives are left out; ``nan`` where all are.
    """
    return mean(_average_precisions(top.classes, top.scores, top.right, top.positives))


def gap(top: TopEntries) -> float:
    """Average precision over the entries of all clips and classes in one list: GAP.

    Of all labels of all clips, ``nan`` where there is none.
    """
    one_list = np.zeros_like(top.classes)
    labels = top.positives.sum(keepdims=True)
    return mean(_average_precisions(one_list, top.scores, top.right, labels))


def _best(scores: Scores, top: int) -> NDArray[np.bool_]:
    """Mark the best classes of each clip, of equal ones those with the lower numbers."""
    last = np.partition(scores, -top, axis=1)[:, -top, None]
    best = scores >= last
    # Where more are as good as the last, the surplus of those goes.
    for clip in np.flatnonzero(np.count_nonzero(best, axis=1) > top):
        equal = np.flatnonzero(scores[clip] == last[clip])
        better = np.count_nonzero(scores[clip] > last[clip])
        best[clip, equal[top - better :]] = False
    return best


def _average_precisions(
    lists: NDArray[np.int64],
    scores: Scores,
    right: NDArray[np.bool_],
    positives: NDArray[np.int64],
) -> PerClass:
    """Average precision of several ranked lists, each the mean over all orders of equal scores.

    Parameters
    ----------
    lists : int64 [entries]
        Which list each entry is of.
    scores : float [entries]
    right : bool [entries]
    positives : int64 [lists]
        How many there were to find.

    Returns
    -------
    float64 [lists]
        ``nan`` where there was nothing to find.
    """
    order = np.argsort(-scores)
    # Then by list: small integers are sorted without comparing them.
    small = lists[order].astype(np.int16 if len(positives) < 1 << 15 else np.int64)
    order = order[np.argsort(small, kind="stable")]
    lists, scores, right = lists[order], scores[order], right[order]
    at = np.arange(len(lists))
    begins_list = np.diff(lists, prepend=-1) != 0
    begins_run = begins_list | (np.diff(scores, prepend=np.nan) != 0)
    run = np.cumsum(begins_run) - 1
    list_start = np.maximum.accumulate(np.where(begins_list, at, 0))
    run_start = at[begins_run][run]
    found: NDArray[np.int64] = np.cumsum(right) - right  # before each entry, over all lists
    before: NDArray[np.int64] = found[run_start] - found[list_start]
    equal, equal_right = np.bincount(run), np.bincount(run, right)
    # An entry is right as often as its equals are; if it is, so are (P - 1) / (N - 1) of those.
    others = (equal_right - 1) / np.maximum(equal - 1, 1)
    precision = (before + 1 + (at - run_start) * others[run]) / (at - list_start + 1)
    expected = (equal_right / equal)[run] * precision
    summed = np.bincount(lists, expected, minlength=len(positives))
    return shares(summed, positives)
