"""A process that trains and kills itself, as ``kill -9`` would: python killed.py FOLDER STEP."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from training.synthetic import some_clips

from earmark.training.data import TrainingData
from earmark.training.fit import fit
from earmark.training.listening import Silent
from earmark.training.settings import TrainSettings

CHANGES: dict[str, Any] = {
    "iterations": 30,
    "batch": 20,
    "log_every": 4,
    "checkpoint_every": 7,
    "classifier": {"kind": "feature_level_attention", "hidden": 16, "n_layers": 1},
    "sampling": {"kind": "balance_in_batch"},
    "augmentation": {"drop": 0.4, "noise": 0.1},
    "mixup": {"kind": "uniform"},
    "optimiser": {"kind": "adamw", "weight_decay": 0.1, "clip_gradient": 0.5},
    "averaging": {"kind": "ema", "every": 2},
    "schedule": {"kind": "one_cycle"},
    "validation": {"every": 6, "keep": "best"},
    "hardware": {"threads": 1, "precision": "32"},
}


class Killer(Silent):
    """Ends the process after a step, and leaves it no time to tidy up."""

    def __init__(self, step: int) -> None:
        self._step = step

    def stepped(self, step: int) -> None:
        """End it."""
        if step == self._step:
            os.kill(os.getpid(), signal.SIGKILL)


def train(folder: Path, *, kill_at: int = 0) -> None:
    """Train, until it is over or killed."""
    data = TrainingData(some_clips(70), validation=some_clips(30, seed=1))
    fit(data, TrainSettings.model_validate(CHANGES), folder, listener=Killer(kill_at))


if __name__ == "__main__":
    train(Path(sys.argv[1]), kill_at=int(sys.argv[2]))
