"""Scores of clips -> scores of a recording, by a named rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from earmark.bundle import Pooling

__all__ = ["Pool"]


class Pool:
    """Pools clips as they come.

    * ``mean``: the mean over clips, each weighted by how many patches it has, so that half a second
      at the end counts as half a second.
    * ``max``: the highest score of any clip.
    * ``first``: the score of the one clip there is.
    * ``loop``: the mean over clips, all of them full and equal.

    Parameters
    ----------
    rule : {"mean", "max", "first", "loop"}
    classes : int
    """

    def __init__(self, rule: Pooling, *, classes: int) -> None:
        self._rule = rule
        self._scores = np.zeros(classes, np.float64)
        self._weight = 0.0

    def add(self, scores: NDArray[np.float32], *, real: NDArray[np.intp]) -> None:
        """Take the scores of some clips.

        Parameters
        ----------
        scores : float32 [clips, classes]
        real : int [clips]
            How many patches of its own each clip has.
        """
        if self._rule == "max":
            self._scores = np.maximum(self._scores, scores.max(axis=0, initial=0.0))
            return
        weights = real if self._rule == "mean" else np.ones(len(scores))
        self._scores += weights @ scores.astype(np.float64)
        self._weight += float(weights.sum())

    def result(self) -> NDArray[np.float64]:
        """Return the scores of the recording: float64 [classes]."""
        return self._scores if self._rule == "max" else self._scores / self._weight
