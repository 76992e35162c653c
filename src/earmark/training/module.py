"""What Lightning fits: a classifier, its loss, and the batches it learns from.

All that is random in a step follows from the run's seed and the step's number. A run that goes on
after an interruption needs no state of any random generator to be what it would have been.
"""

from __future__ import annotations

from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor
from torch.optim import Optimizer

from earmark.training.augmentation import augment
from earmark.training.clips import Clips
from earmark.training.losses import Loss
from earmark.training.mixing import mixup
from earmark.training.optimisers import clip_gradient, make_optimiser
from earmark.training.sampling import Sampler
from earmark.training.schedules import apply_schedule
from earmark.training.settings import TrainSettings
from earmark.training.starting import Started

__all__ = ["Fitting", "Steps", "key_of"]


class Fitting(LightningModule):
    """A classifier that learns.

    Parameters
    ----------
    started : Started
        The classifier, as it is before the first step.
    clips : Clips
        What it learns from.
    sampler : Sampler
        Which of them come next.
    loss : Loss
    settings : TrainSettings
    seed : int
        Of this run.
    """

    losses: Tensor
    """float32: the sum of the losses since somebody read it."""

    def __init__(
        self,
        started: Started,
        *,
        clips: Clips,
        sampler: Sampler,
        loss: Loss,
        settings: TrainSettings,
        seed: int,
    ) -> None:
        super().__init__()
        self.classifier, self.loss = started.classifier, loss
        self.steps, self.batch = settings.steps(len(clips)), settings.batch_of(len(clips))
        self.register_buffer("losses", torch.zeros(()), persistent=False)
        self._kept, self._clips, self._sampler = started.kept, clips, sampler
        self._settings, self._seed = settings, seed
        # The loss is a mean over classes, and a penalty goes with their sum.
        summed = settings.loss.reduction == "sum" or loss.exclusive
        self._penalty = 1.0 if summed else 1 / clips.classes

    def configure_optimizers(self) -> Optimizer:
        """Make the optimiser; its rate is set before each step, by the step's number."""
        return make_optimiser(
            self._settings.optimiser,
            self.classifier,
            classes=self._clips.classes,
            kept=self._kept,
            share=self._settings.start.rate,
        )

    def on_train_batch_start(self, batch: int, index: int) -> None:
        """Set the learning rate of the step that begins, and what is random in it."""
        step = self.global_step
        apply_schedule(
            self._settings.schedule,
            self.trainer.optimizers[0],
            step,
            total=self.steps,
            batch=self.batch,
        )
        key = key_of(self._seed, step)
        torch.default_generator.manual_seed(key)
        if self.device.type == "cuda":
            torch.cuda.manual_seed(key)

    def training_step(self, batch: int, index: int) -> Tensor:
        """Return the loss of the next batch."""
        settings, drawn = self._settings, self._clips.batch(self._sampler.draw(self.batch))
        embeddings, mask = augment(settings.augmentation, drawn.embeddings, drawn.mask)
        embeddings, mask, targets = mixup(settings.mixup, embeddings, mask, drawn.targets)
        logits = self.classifier.training_logits(embeddings, mask).float()
        loss: Tensor = self.loss(logits, targets.repeat(len(logits) // len(targets), 1))
        penalty = self.classifier.penalty()
        if penalty is not None:
            loss = loss + self._penalty * penalty
        self.losses += loss.detach()  # read now and then, as reading waits for a GPU
        return loss

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        """Shorten the gradient if it is too long."""
        clip_gradient(self._settings.optimiser, self.classifier)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep which clips come next."""
        checkpoint["sampler"] = self._sampler.state_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on with the clips that come next."""
        self._sampler.load_state_dict(checkpoint["sampler"])


class Steps:
    """The numbers of the steps, in the place of data that Lightning would load and count.

    Parameters
    ----------
    total : int
        How many there are.
    """

    def __init__(self, total: int) -> None:
        self._total = total

    def __len__(self) -> int:
        return self._total

    def __iter__(self) -> Any:
        return iter(range(self._total))

    def state_dict(self) -> dict[str, Any]:
        """Return nothing: the module knows which step is next."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Do nothing."""


def key_of(seed: int, step: int) -> int:
    """Return a number for a step of a run that looks as if it came from nowhere.

    SplitMix64's last lines (Steele et al. 2014), so that neighbours have nothing in common.
    """
    value = (seed * 0x9E3779B97F4A7C15 + step + 1) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**64
    return value ^ value >> 31
