"""How many clips, and how many positives, have a score of each size: what calibration learns from.

Scores are counted on the scale of their logit, in steps of a sixteenth. Within a step two scores
are so near each other that a calibration cannot tell them apart, and 20 000 clips become some
hundred numbers a class, so that fitting takes as long for many clips as for few.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.evaluation.statistics import Scores, Truth, blocks, checked

__all__ = ["EDGES", "NEAREST", "LogitCounts"]

_STEPS = 16
"""Steps to each unit of the logit."""
_LARGEST = 17
"""Beyond the logit of the nearest that a score is taken to come to 0 and 1."""
NEAREST = 1e-7
"""A score is taken to be so far from 0 and from 1 at least, as `Calibration` takes it."""

EDGES: NDArray[np.float64] = np.arange(-_LARGEST * _STEPS, _LARGEST * _STEPS + 1) / _STEPS
"""float64 [steps + 1]: where the steps begin and end, as logits."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LogitCounts:
    """Counts of clips for each class and step of the logit."""

    clips: NDArray[np.float64]
    """float64 [classes, steps]: how many clips' scores are in the step."""
    positives: NDArray[np.float64]
    """float64 [classes, steps]: how many of them have the class."""
    logits: NDArray[np.float64]
    """float64 [classes, steps]: the mean logit of those scores; the step's middle without any."""
    n_clips: int
    """How many clips there are."""

    @classmethod
    def of(cls, truth: Truth, scores: Scores) -> LogitCounts:
        """Count.

        Parameters
        ----------
        truth : bool [clips, classes] or Labels
        scores : float [clips, classes]
            In [0, 1].

        Raises
        ------
        DataError
            If the two do not fit together or a score is not from 0 to 1.
        """
        there = checked(truth, scores, between_0_and_1=True)
        steps = len(EDGES) - 1
        counted = np.zeros((3, scores.shape[1], steps))
        for classes, positive, columns in blocks(there, scores):
            logits = _logits(columns)
            rows = np.arange(len(columns))[:, None]
            cells = (np.floor(logits * _STEPS).astype(np.int64) + _LARGEST * _STEPS) + rows * steps
            for at, weights in enumerate((None, positive.ravel(), logits.ravel())):
                summed = np.bincount(cells.ravel(), weights, minlength=len(columns) * steps)
                counted[at, classes] = summed.reshape(-1, steps)
        clips, positives, sums = counted
        middles = np.broadcast_to((EDGES[:-1] + EDGES[1:]) / 2, clips.shape)
        means = np.divide(sums, clips, out=middles.copy(), where=clips > 0)
        return cls(clips=clips, positives=positives, logits=means, n_clips=len(there))

    def __repr__(self) -> str:
        """Show of how much it is."""
        return f"LogitCounts({self.n_clips} clips, {len(self.clips)} classes)"


def _logits(scores: Scores) -> NDArray[np.float32]:
    near = np.clip(scores.astype(np.float32), NEAREST, 1 - NEAREST)
    logits: NDArray[np.float32] = np.log(near) - np.log(1 - near)
    return logits
