"""How far scores are from the truth, and how much each class counts in that.

``bce`` is what Kong's training and ours minimise. ``hinge`` and ``softmax`` are YouTube-8M's (its
starter code's ``losses.py``), which take scores for what they are and not for probabilities.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from earmark.training.group import Group

__all__ = ["Loss", "LossSettings", "class_weights"]


class LossSettings(Group):
    """What training makes small."""

    kind: Literal["bce", "focal", "hinge", "softmax"] = "bce"
    """Binary cross-entropy; focal loss (Lin et al. 2017, arXiv 1708.02002); YouTube-8M's hinge
    loss and its softmax loss. Clips of exactly one class always have softmax cross-entropy."""
    reduction: Literal["mean", "sum"] = "mean"
    """Whether a clip's loss is the mean over classes, as Kong's, or their sum, as YouTube-8M's."""
    focus: float = Field(default=2.0, ge=0)
    """Focal loss's exponent: how much less counts what is right already."""
    smoothing: float = Field(default=0.0, ge=0, lt=1)
    """How far labels are moved towards the share of the clips that have the class."""
    positive: float = Field(default=1.0, gt=0)
    """How many times as much as an absent label one counts that is there (`bce` and `focal`)."""
    class_weights: Literal["none", "inverse", "effective"] = "none"
    """How much classes count: alike; as the inverse of their clips' number; of the effective
    number of their clips (Cui et al. 2019, arXiv 1901.05555)."""
    weight_beta: float = Field(default=0.999, ge=0, lt=1)
    """Beta of the effective number: near 0 all classes count alike, near 1 by the inverse."""


def class_weights(settings: LossSettings, counts: NDArray[np.integer]) -> NDArray[np.float32]:
    """Say how much each class counts.

    Parameters
    ----------
    settings : LossSettings
    counts : int [classes]
        How many clips have each.

    Returns
    -------
    float32 [classes]
        Their mean is 1; classes without clips count as if they had one.
    """
    known = np.maximum(counts, 1).astype(np.float64)
    if settings.class_weights == "none":
        weights = np.ones(len(known))
    elif settings.class_weights == "inverse":
        weights = 1 / known
    else:
        beta = settings.weight_beta
        weights = (1 - beta) / (1 - beta**known)
    shared: NDArray[np.float32] = (weights / weights.mean()).astype(np.float32)
    return shared


class Loss(nn.Module):
    """The loss of a batch.

    Parameters
    ----------
    settings : LossSettings
    counts : int [classes]
        How many of the clips have each class.
    clips : int
        How many clips there are.
    exclusive : bool
        Whether each clip has exactly one class.
    """

    weights: Tensor
    prior: Tensor

    def __init__(
        self,
        settings: LossSettings,
        *,
        counts: NDArray[np.integer],
        clips: int,
        exclusive: bool = False,
    ) -> None:
        super().__init__()
        self.settings, self.exclusive = settings, exclusive
        prior = np.full(len(counts), 1 / len(counts)) if exclusive else counts / max(1, clips)
        self.register_buffer("weights", torch.from_numpy(class_weights(settings, counts)))
        self.register_buffer("prior", torch.from_numpy(prior.astype(np.float32)))

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Measure a batch: float32 [clip, class] both, targets between 0 and 1 -> float32."""
        settings = self.settings
        if self.exclusive:
            # A clip of no class is to be none of them more than another.
            none = targets.sum(dim=1, keepdim=True) == 0
            targets = torch.where(none, 1 / targets.shape[1], targets)
        if settings.smoothing:
            targets = torch.lerp(targets, self.prior.expand_as(targets), settings.smoothing)
        if self.exclusive:
            weights = None if settings.class_weights == "none" else self.weights
            return cross_entropy(logits, targets, weight=weights)
        each = self._each(logits, targets)
        if settings.class_weights != "none":
            each = each * self.weights
        return each.mean() if settings.reduction == "mean" else each.sum() / len(each)

    def _each(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss of each clip and class: float32 [clip, class]."""
        settings = self.settings
        if settings.kind == "hinge":
            return torch.relu(1 - (2 * targets - 1) * torch.sigmoid(logits))
        if settings.kind == "softmax":
            shares = targets / targets.sum(dim=1, keepdim=True).clamp_min(1e-8)
            return -shares * torch.log_softmax(logits, dim=1)
        positive = None if settings.positive == 1 else self.weights.new_tensor(settings.positive)
        each = binary_cross_entropy_with_logits(
            logits, targets, reduction="none", pos_weight=positive
        )
        if settings.kind == "focal":
            scores = torch.sigmoid(logits)
            each = each * (scores - targets).abs() ** settings.focus
        return each
