"""Which classes are taken for which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.evaluation.predictions import top

__all__ = ["Confusion", "confusions"]


@dataclass(frozen=True, slots=True)
class Confusion:
    """One class in the place of another."""

    label: int
    """The class that was there and was missed."""
    instead: int
    """The class that was not there, and was said to be."""
    clips: int
    """In how many clips that is so."""
    share: float
    """Of the clips that have the first, the share in which it is so."""


def confusions(
    truth: NDArray[np.bool_], scores: NDArray[np.float32], *, most: int
) -> list[Confusion]:
    """Find the most frequent ones.

    Of a clip with n labels the n best classes are taken as what is said of it. A label that is not
    among them is missed, and each class among them that is no label stands in its place.

    Parameters
    ----------
    truth : bool [clips, classes]
    scores : float32 [clips, classes]
    most : int
        How many to return at most.

    Returns
    -------
    list of Confusion
        The most frequent first; of equals the one with the lower classes.
    """
    labels = truth.sum(axis=1)
    best, _ = top(scores, int(labels.max(initial=0)))
    said = np.zeros_like(truth)
    clips, places = np.nonzero(np.arange(best.shape[1]) < labels[:, None])
    said[clips, best[clips, places]] = True
    missed, wrong = (truth & ~said).astype(np.float32), (said & ~truth).astype(np.float32)
    counts = (missed.T @ wrong).astype(np.int64)
    order = np.argsort(-counts, axis=None, kind="stable")[:most]
    totals = truth.sum(axis=0)
    found = []
    for label, instead in zip(*np.unravel_index(order, counts.shape), strict=True):
        count = int(counts[label, instead])
        if count:
            share = count / int(totals[label])
            found.append(Confusion(int(label), int(instead), count, share))
    return found
