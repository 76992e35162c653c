"""Mixup: each clip of a batch is mixed with another one of it, labels and all.

After Zhang et al. 2017 (https://arxiv.org/abs/1710.09412). Embeddings are mixed and not sounds, so
that it costs next to nothing.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor

from earmark.training.group import Group

__all__ = ["MixupSettings", "mixup"]


class MixupSettings(Group):
    """How clips are mixed with one another."""

    kind: Literal["none", "uniform", "beta"] = "none"
    """Where the weight of the other clip comes from: ``uniform`` between `low` and `high`, or
    Beta(alpha, alpha), of which the smaller side is taken."""
    low: float = Field(default=0.0, ge=0, le=1)
    """Least weight of the other clip."""
    high: float = Field(default=0.3, ge=0, le=1)
    """Greatest weight of the other clip."""
    alpha: float = Field(default=0.3, gt=0)
    """Of the Beta distribution."""
    share: float = Field(default=1.0, ge=0, le=1)
    """Share of the clips that are mixed at all."""

    @model_validator(mode="after")
    def _range_is_one(self) -> MixupSettings:
        if self.low > self.high:
            raise ValueError(f"low is {self.low} and may not be above high, {self.high}")
        return self


def mixup(
    settings: MixupSettings, embeddings: Tensor, mask: Tensor, targets: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Mix the clips of a batch in pairs.

    Parameters
    ----------
    settings : MixupSettings
    embeddings : float32 [clip, time, n]
        Zero where there is padding.
    mask : float32 [clip, time]
    targets : float32 [clip, class]

    Returns
    -------
    embeddings, mask, targets
        Of the same shapes. Where one of two clips has no frame, the other's is taken as it is.
    """
    if settings.kind == "none" or len(embeddings) < 2:
        return embeddings, mask, targets
    weight = _weights(settings, len(embeddings), embeddings.device)
    other = torch.randperm(len(embeddings), device=embeddings.device)
    theirs = mask.index_select(0, other)
    # For a clip that is longer than the other: its weight is all there is.
    share = weight[:, None] * theirs
    share = share / (share + (1 - weight[:, None]) * mask).clamp_min(1e-9)
    mixed = torch.lerp(embeddings, embeddings.index_select(0, other), share[:, :, None])
    wanted = torch.lerp(targets, targets.index_select(0, other), weight[:, None])
    return mixed, torch.maximum(mask, theirs), wanted


def _weights(settings: MixupSettings, clips: int, device: torch.device) -> Tensor:
    """The weight of each clip's partner: float32 [clip]."""
    if settings.kind == "uniform":
        weight = torch.rand(clips, device=device) * (settings.high - settings.low) + settings.low
    else:
        alpha = torch.full((clips,), settings.alpha, device=device)
        # A Beta is a ratio of two Gammas.
        first, second = torch._standard_gamma(alpha), torch._standard_gamma(alpha)
        weight = first / (first + second).clamp_min(1e-30)
        weight = torch.minimum(weight, 1 - weight)
    if settings.share < 1:
        weight = weight * (torch.rand(clips, device=device) < settings.share)
    return weight
