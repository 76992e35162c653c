"""A person's own sounds in one call, as a run's settings have it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earmark.training.data import TrainingData
from earmark.training.sounds.detect import read
from earmark.training.sounds.preparing import prepare
from earmark.training.sounds.watching import Silent, Watcher

if TYPE_CHECKING:
    from earmark.training.settings import TrainSettings

__all__ = ["FEW", "read_own", "sized"]

FEW: dict[str, Any] = {
    "batch": 64,
    "classifier": {"kind": "feature_level_attention", "hidden": 256, "n_layers": 1},
    "optimiser": {"kind": "adamw", "lr": 2e-3, "weight_decay": 0.01},
    "schedule": {"kind": "one_cycle"},
    "mixup": {"kind": "beta", "alpha": 0.3},
}
"""Settings that suit few recordings of few classes; a group that a recipe has replaces it whole."""

_EPOCHS = 40
_LEAST, _MOST = 300, 4000
"""Iterations."""
_SMALL = 64
"""Clips in a batch."""


def read_own(
    path: Path | str,
    settings: TrainSettings,
    *,
    embedder: str | Path | None = None,
    watcher: Watcher | None = None,
) -> TrainingData:
    """Read a person's own sounds, and compute their embeddings.

    Parameters
    ----------
    path : path
        A folder for each class, a table, label tracks or DEEP-OC's lists.
    settings : TrainSettings
        Its group `sounds`, and how many cores to use.
    embedder : str or Path, optional
        The tagger whose embedder is used; see `prepare`.
    watcher : Watcher, optional
        Is told how it goes.

    Raises
    ------
    EarmarkError
        If there is nothing to learn from, or a setting does not fit what is there.
    """
    watcher = watcher or Silent()
    wanted = settings.sounds
    if settings.data.exclusive:
        wanted = wanted.model_copy(update={"exclusive": True})
    sounds = read(path, wanted)
    watcher.told(sounds.how)
    data = prepare(
        sounds,
        embedder,
        settings=wanted,
        jobs=settings.hardware.threads,
        watcher=watcher,
    )
    watcher.told(data.describe)
    return data


def sized(settings: TrainSettings, data: TrainingData) -> TrainSettings:
    """Say how long to learn and on how many cores, where nobody has said so.

    Few clips are learnt from more often than many. Small batches are computed on one core: to share
    them takes longer than to compute them, and on a busy machine many times as long.
    """
    batch = settings.batch_of(len(data.train))
    if settings.iterations is None and settings.epochs is None:
        wanted = math.ceil(_EPOCHS * len(data.train) / batch)
        settings = settings.model_copy(update={"iterations": min(max(wanted, _LEAST), _MOST)})
    if settings.hardware.threads is None and batch <= _SMALL:
        hardware = settings.hardware.model_copy(update={"threads": 1})
        settings = settings.model_copy(update={"hardware": hardware})
    return settings
