"""What comes of training: where it is, and how good."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

from earmark.training.settings import TrainSettings
from earmark.training.validating import Measured

__all__ = ["Outcome", "Trained"]


@dataclass(frozen=True)
class Outcome:
    """What one run came to."""

    seed: int
    iterations: int
    """How many steps its weights took."""
    batch: int
    """Clips in each."""
    seconds: float
    """How long they took, without measuring and writing."""
    clips_per_second: float
    loss: float
    """Mean loss of the last steps."""
    best_iteration: int | None
    """Where what was monitored was best; None where nothing was."""
    validation: Measured | None
    test: Measured | None


@dataclass(frozen=True)
class Trained:
    """A tagger that was trained."""

    folder: Path
    """Where it is."""
    settings: TrainSettings
    """What it was trained with."""
    runs: tuple[Outcome, ...]
    """What each run came to."""
    validation: Measured | None
    """How good the tagger is on the validation set, if there is one."""
    test: Measured | None
    """How good it is on the test set, if there is one."""
    notices: tuple[str, ...]
    """What may be wrong with the data."""

    def spread(self) -> dict[str, dict[str, float]]:
        """Mean and standard deviation of what several runs came to, by set and measure."""
        found: dict[str, dict[str, float]] = {}
        for part in ("validation", "test"):
            each = [getattr(run, part) for run in self.runs]
            if len(each) < 2 or None in each:
                continue
            for name in ("mAP", "mAUC", "d_prime", "accuracy"):
                values = [getattr(one, name) for one in each]
                if all(map(math.isfinite, values)):
                    entry = {"mean": mean(values), "deviation": stdev(values)}
                    found[f"{part} {name}"] = entry
        return found
