"""What YouTube-8M's models have in common, as https://github.com/google/youtube-8m trains them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import normalize

from earmark.classifiers.settings import ClassifierSettings

__all__ = ["YouTube8mSettings", "dense", "scaled", "weight_penalty"]

SHORTEST = 1e-6
"""A vector that is shorter than this is divided by this (TensorFlow's ``l2_normalize``)."""


@dataclass(frozen=True, kw_only=True)
class YouTube8mSettings(ClassifierSettings):
    """What they all are told."""

    unit_length: bool = True
    """Whether what is read (each patch, or the mean of a clip) is scaled to length 1 first, as
    YouTube-8M's training does it."""
    l2_penalty: Annotated[float, Field(ge=0)] = 1e-8
    """What training adds to its loss for half the sum of the last layers' squared weights."""


def scaled(values: Tensor, settings: YouTube8mSettings) -> Tensor:
    """Scale to length 1 along the last axis, if the settings ask for it."""
    return normalize(values, dim=-1, eps=SHORTEST) if settings.unit_length else values


def dense(n_in: int, n_out: int, *, bias: bool = True) -> nn.Linear:
    """Make a linear layer as TensorFlow begins with it: Glorot's uniform weights, no bias."""
    made = nn.Linear(n_in, n_out, bias=bias)
    nn.init.xavier_uniform_(made.weight)
    if bias:
        nn.init.zeros_(made.bias)
    return made


def weight_penalty(settings: YouTube8mSettings, *layers: nn.Linear) -> Tensor:
    """Half the sum of the layers' squared weights, times the settings' penalty."""
    total = torch.stack([layer.weight.square().sum() for layer in layers]).sum()
    return settings.l2_penalty / 2 * total
