"""Predictions to test with."""

from __future__ import annotations

import math

import numpy as np

from earmark.classifiers.calibration import Calibration
from earmark.evaluation.predictions import Predictions
from earmark.ontology import Label, labels

RAIN_AND_MORE = (
    Label(0, "/m/06mb1", "Rain"),
    Label(1, "/m/032s66", "Gunshot, gunfire"),
    Label(2, "/m/0ngt1", "Thunder"),
)


def some_predictions(
    count: int,
    *,
    seed: int = 0,
    table: tuple[Label, ...] | None = None,
    title: str = "maker 1",
) -> Predictions:
    """Make predictions whose ids are YouTube's; the last clip has no times."""
    rng = np.random.default_rng(seed)
    table = labels() if table is None else table
    starts = np.arange(count, dtype=np.float64) * 10
    starts[-1:] = math.nan
    return Predictions(
        scores=rng.random((count, len(table)), np.float32),
        ids=tuple(f"youtube-{at:03}" for at in range(count)),
        starts=starts,
        ends=starts + 10,
        table=table,
        title=title,
    )


def a_calibration(classes: int, *, seed: int = 0) -> Calibration:
    """Make a calibration that moves every score."""
    rng = np.random.default_rng(seed)
    return Calibration(
        slopes=rng.uniform(0.5, 2, classes).astype(np.float32),
        offsets=rng.normal(0, 1, classes).astype(np.float32),
        thresholds=rng.random(classes, np.float32),
        n_clips=100,
    )
