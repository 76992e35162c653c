"""Scores -> probabilities, and from which score on a class is said to be there.

Both are learned from a validation split: clips that the classifier was not trained on.
"""

from __future__ import annotations

import numpy as np

from earmark.classifiers.calibration import Calibration
from earmark.errors import DataError
from earmark.evaluation import platt
from earmark.evaluation.logit_counts import LogitCounts
from earmark.evaluation.statistics import Scores, Truth
from earmark.evaluation.thresholds import thresholds

__all__ = ["fit_calibration"]


def fit_calibration(truth: Truth, scores: Scores) -> Calibration:
    """Learn a calibration.

    Each class's slope and offset are Platt's, drawn towards those of all classes where it has few
    positives (`earmark.evaluation.platt`); its threshold has the best F1 that can be expected
    (`earmark.evaluation.thresholds`).

    Parameters
    ----------
    truth : bool [clips, classes] or Labels
        Which classes each clip of the validation split has.
    scores : float32 [clips, classes]
        What the classifier scores them, in [0, 1].

    Raises
    ------
    DataError
        If the two do not fit together, a score is not from 0 to 1, or no clip has any class.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> scores = rng.random((2000, 3), np.float32)
    >>> truth = rng.random((2000, 3)) < scores**2
    >>> fit_calibration(truth, scores).apply(np.full(3, 0.3, np.float32)).round(1)
    array([0.1, 0.1, 0.1], dtype=float32)
    """
    counts = LogitCounts.of(truth, scores)
    if not counts.positives.any():
        raise DataError(
            "no clip of the validation split has any of the classes, so that there is nothing to "
            "calibrate with: give it labelled clips"
        )
    fitted = platt.fit(counts)
    return Calibration(
        slopes=fitted.slopes.astype(np.float32),
        offsets=fitted.offsets.astype(np.float32),
        thresholds=thresholds(counts, fitted).astype(np.float32),
        n_clips=counts.n_clips,
    )
