"""The first half of making ``compact``: its embedder learns to hear what the teacher hears.

Each patch is asked for two things: the teacher's embedding of that moment, which is what a linear
layer must be able to read off the student's 128 numbers, and the scores that the teacher's last
layers make of it. (Hinton et al. 2015, https://arxiv.org/abs/1503.02531; for embeddings Romero et
al. 2015, https://arxiv.org/abs/1412.6550.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from earmark.embedders.compact import Compact
from earmark.training.distilling.muon import MuonAdam
from earmark.training.distilling.replay import PatchBatch
from earmark.training.distilling.survey import Survey
from earmark.training.distilling.teacher import Teacher

__all__ = ["DistilConfig", "Distiller", "rate_at"]


@dataclass(frozen=True, kw_only=True)
class DistilConfig:
    """How the embedder is fitted."""

    steps: int = 12_000
    """Batches in all, those before a resumption included."""
    lr: float = 3e-3
    warm_up: int = 200
    """Steps until the full rate is reached."""
    cool_down: float = 0.3
    """Last part of the steps, in which the rate falls to nothing."""
    weight_decay: float = 0.05
    score_weight: float = 0.1
    """Weight of the scores' cross-entropy, summed over classes, beside the embedding's error."""
    average: float = 0.998
    """Decay a step of the running average of the weights, which is what is used in the end."""


class Distiller(LightningModule):
    """The embedder, what reads it in training only, and its running average.

    Parameters
    ----------
    config : DistilConfig
    teacher : Teacher
        Its last layers make scores of the embeddings in a batch; it is not heard here.
    survey : Survey
        How the embedder's input and the teacher's embedding spread.
    """

    step_mean: Tensor
    step_std: Tensor

    def __init__(self, config: DistilConfig, *, teacher: Teacher, survey: Survey) -> None:
        super().__init__()
        self.config = config
        self._teacher, self._survey = teacher, survey
        self.embedder = Compact()
        self.embedder.band_mean.copy_(torch.from_numpy(survey.band_mean))
        self.embedder.band_std.copy_(torch.from_numpy(survey.band_std))
        self.register_buffer("step_mean", torch.from_numpy(survey.step_mean))
        self.register_buffer("step_std", torch.from_numpy(survey.step_std))
        self.decode = nn.Linear(128, 384)
        self.classify = nn.Sequential(nn.Linear(128, 512), nn.ReLU(), nn.Linear(512, 527))
        nn.init.constant_(self.classify[2].get_parameter("bias"), -5.0)  # most classes are absent
        self.average = AveragedModel(
            self.embedder,
            multi_avg_fn=get_ema_multi_avg_fn(config.average),  # type: ignore[no-untyped-call]
            use_buffers=True,
        )
        self.average.requires_grad_(False)

    def training_step(self, batch: PatchBatch, index: int) -> Tensor:
        """The loss of one batch; see :class:`DistilConfig` for its two parts."""
        embeddings = self.embedder(batch.patches)
        targets = self._survey.tempered(batch.targets)
        wanted = (targets - self.step_mean) / self.step_std
        error = (self.decode(embeddings) - wanted).square().mean()
        scores = torch.sigmoid(self._teacher.logits(targets))
        entropy = nn.functional.binary_cross_entropy_with_logits(
            self.classify(embeddings), scores, reduction="sum"
        ) / len(scores)
        self.log("train/error", error)
        self.log("train/entropy", entropy)
        loss: Tensor = error + self.config.score_weight * entropy
        return loss

    def on_train_batch_end(self, *_: Any) -> None:
        """Move the running average along."""
        self.average.update_parameters(self.embedder)

    def configure_optimizers(self) -> Any:
        """Muon and Adam under one schedule."""
        optimizer = MuonAdam(
            self.embedder.parameters(),
            heads=[*self.decode.parameters(), *self.classify.parameters()],
            lr=self.config.lr,
            weight_decay=self.config.weight_decay,
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: rate_at(step, self.config)
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    @torch.no_grad()
    def imitate(self, patches: Tensor) -> Tensor:
        """The averaged student's idea of the teacher's embedding: [n, 96, 64] -> [n, 384]."""
        self.average.eval()
        read: Tensor = self.decode(self.average(patches))
        return read * self.step_std + self.step_mean


def rate_at(step: int, config: DistilConfig) -> float:
    """The learning rate at a step as a share of the full one: up, level, down to nothing."""
    cool_down = max(1.0, config.cool_down * config.steps)
    return min(1.0, (step + 1) / config.warm_up, max(0.0, (config.steps - step) / cool_down))
