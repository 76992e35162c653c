"""All settings of a run, in groups.

Each group stands in the file of what it sets. What is said below a setting is what
`docs/training.md` and ``earmark train --dry-run`` say of it.
"""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field, model_validator

from earmark.embedders.identity import Dequantiser
from earmark.training.augmentation import AugmentationSettings
from earmark.training.averaging import AveragingSettings
from earmark.training.choice import ClassifierChoice
from earmark.training.group import Group
from earmark.training.losses import LossSettings
from earmark.training.mixing import MixupSettings
from earmark.training.optimisers import OptimiserSettings
from earmark.training.sampling import SamplingSettings
from earmark.training.schedules import ScheduleSettings
from earmark.training.sounds.settings import SoundSettings
from earmark.training.starting import StartSettings
from earmark.training.validating import ValidationSettings

__all__ = ["DataSettings", "HardwareSettings", "TrainSettings"]


class DataSettings(Group):
    """Which part of the data is learnt from."""

    split: str | None = None
    """Of AudioSet's archive the folder to train on, as ``bal_train``."""
    test: str | None = None
    """Of AudioSet's archive the folder to measure on at the end, as ``eval``."""
    dequantiser: Dequantiser | None = None
    """How the classifier is to read the eight bits; as the set says if null, which for AudioSet's
    released embeddings is Kong's way. YouTube-8M's code has its own."""
    exclusive: bool = False
    """Whether each clip has exactly one class, so that scores sum to 1."""
    limit: int | None = Field(default=None, ge=1)
    """How many clips to train on at most, the first ones, to try something out."""


class HardwareSettings(Group):
    """What computes, and in how many digits."""

    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    """A GPU if there is one."""
    precision: Literal["auto", "32", "bf16"] = "auto"
    """Products of matrices in 32 bits or in bfloat16; auto takes bfloat16 where the processor
    computes in it by itself and does not imitate it."""
    threads: int | None = Field(default=None, ge=1)
    """How many cores to use; all of them if null."""


class TrainSettings(Group):
    """All settings of a run."""

    name: str | None = Field(default=None, min_length=1)
    """What the tagger is called; as its folder if null."""
    version: str = Field(default="1", min_length=1)
    """The tagger's version."""
    licence: str = ""
    """Of its weights."""
    seed: int = Field(default=1, ge=0)
    """Of random weights, dropout, mixup and augmentation; the next run has the next one."""
    seeds: int = Field(default=1, ge=1, le=100)
    """How many runs; the result of several is one tagger that averages their scores."""
    iterations: int | None = Field(default=None, ge=1)
    """How many batches to learn from; 1000 if there are no epochs either."""
    epochs: float | None = Field(default=None, gt=0)
    """How many times to go through all clips, in place of iterations."""
    batch: int = Field(default=500, ge=2)
    """Clips in a batch."""
    checkpoint_every: int = Field(default=250, ge=1)
    """After how many iterations to keep all that is needed to go on after an interruption."""
    log_every: int = Field(default=50, ge=1)
    """After how many iterations to note the loss."""

    data: DataSettings = DataSettings()
    classifier: ClassifierChoice = ClassifierChoice()
    start: StartSettings = StartSettings()
    sampling: SamplingSettings = SamplingSettings()
    augmentation: AugmentationSettings = AugmentationSettings()
    mixup: MixupSettings = MixupSettings()
    loss: LossSettings = LossSettings()
    optimiser: OptimiserSettings = OptimiserSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    averaging: AveragingSettings = AveragingSettings()
    validation: ValidationSettings = ValidationSettings()
    hardware: HardwareSettings = HardwareSettings()
    sounds: SoundSettings = SoundSettings()

    @model_validator(mode="after")
    def _one_length(self) -> TrainSettings:
        if self.iterations is not None and self.epochs is not None:
            raise ValueError("give iterations or epochs, and not both")
        return self

    def steps(self, clips: int) -> int:
        """How many iterations a run over so many clips has."""
        if self.epochs is not None:
            return max(1, math.ceil(self.epochs * clips / self.batch_of(clips)))
        return self.iterations or 1000

    def batch_of(self, clips: int) -> int:
        """How many clips a batch has: never more than there are."""
        return max(2, min(self.batch, clips))
