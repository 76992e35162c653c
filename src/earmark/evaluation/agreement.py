"""How close one tagger comes to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import DataError
from earmark.evaluation.metrics import average_precision
from earmark.evaluation.statistics import ScoreStatistics

__all__ = ["Agreement", "agreement"]

Scores = NDArray[np.floating]

HEARD = 0.3
"""A class counts as present where the teacher's score is above this."""
FEWEST = 3
"""Classes that are present in fewer recordings say more of chance than of the student."""


@dataclass(frozen=True)
class Agreement:
    """How close a student comes to its teacher over some recordings."""

    mean_average_precision: float
    """Over the classes that the teacher hears (score above 0.3) in three recordings or more."""
    n_classes: int
    top1_in_top3: float
    """Share of recordings whose first tag is among the teacher's first three."""
    cross_entropy: float
    """Mean over recordings of the binary cross-entropy summed over classes, in nats."""
    floor: float
    """The same for the teacher against itself: its own entropy."""


def agreement(student: Scores, teacher: Scores) -> Agreement:
    """Compare scores of the same recordings.

    Parameters
    ----------
    student, teacher : float [recording, class]
        In [0, 1].

    Raises
    ------
    DataError
        If the shapes differ or there is no recording.
    """
    if student.shape != teacher.shape:
        raise DataError(f"scores of shape {student.shape} and {teacher.shape} cannot be compared")
    if not len(student):
        raise DataError("there are no recordings to compare two taggers on")
    heard = teacher > HEARD
    often = heard.sum(axis=0) >= FEWEST
    best3 = np.argsort(-teacher, axis=1)[:, :3]
    first = student.argmax(axis=1)[:, None]
    precisions = average_precision(ScoreStatistics.of(heard, student))[often]
    return Agreement(
        mean_average_precision=float(np.mean(precisions)) if often.any() else float("nan"),
        n_classes=len(precisions),
        top1_in_top3=float((best3 == first).any(axis=1).mean()),
        cross_entropy=_cross_entropy(teacher, student),
        floor=_cross_entropy(teacher, teacher),
    )


def _cross_entropy(wanted: Scores, given: Scores) -> float:
    given = np.clip(given.astype(np.float64), 1e-7, 1 - 1e-7)
    losses = wanted * np.log(given) + (1 - wanted) * np.log1p(-given)
    return float(-losses.sum(axis=1).mean())
