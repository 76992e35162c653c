"""A tagger's folder with a calibration in it, whose numbers differ from class to class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from earmark.bundle import Bundle
from earmark.classifiers.calibration import FILE, Calibration

CLIPS = 1000


def calibrate(folder: Path) -> Calibration:
    """Write one into a folder that `placeholder.build` made."""
    labels = Bundle.read(folder).labels
    rng = np.random.default_rng(0)
    calibration = Calibration(
        slopes=rng.uniform(0.5, 2, len(labels)).astype(np.float32),
        offsets=rng.uniform(-2, 2, len(labels)).astype(np.float32),
        thresholds=rng.uniform(0.1, 0.9, len(labels)).astype(np.float32),
        n_clips=CLIPS,
    )
    calibration.write(folder / FILE, labels=labels)
    return calibration
