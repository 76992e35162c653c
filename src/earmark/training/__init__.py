"""Classifiers learn here, from embedding sets and from recordings.

    from earmark import training

    training.train("clips.h5", "mine", settings={"iterations": 500})

Nothing is imported before it is used: PyTorch and Lightning take seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from earmark.training.data import TrainingData
    from earmark.training.settings import TrainSettings
    from earmark.training.shortcuts import train
    from earmark.training.trained import Trained

__all__ = ["TrainSettings", "Trained", "TrainingData", "train"]

_HOMES = {
    "TrainSettings": "settings",
    "Trained": "trained",
    "TrainingData": "data",
    "train": "shortcuts",
}

if not TYPE_CHECKING:  # a type checker would take every name for one that exists

    def __getattr__(name: str) -> object:
        if name in _HOMES:
            return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
