"""What moves the weights, how far and how fast."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

import torch
from pydantic import Field
from torch import nn
from torch.optim import Optimizer

from earmark.training.distilling.muon import MuonAdam
from earmark.training.group import Group

__all__ = ["OptimiserSettings", "clip_gradient", "make_optimiser"]


class OptimiserSettings(Group):
    """What moves the weights, how far and how fast."""

    kind: Literal["adam", "adamw", "sgd", "muon"] = "adam"
    """Adam; Adam with weight decay apart from the gradient; plain descent with momentum; or Muon
    for matrices and Adam for the rest."""
    lr: float = Field(default=1e-3, gt=0, le=10)
    """The learning rate; the highest, where a schedule changes it."""
    weight_decay: float = Field(default=0.0, ge=0, le=10)
    """Of matrices; biases and what normalises have none."""
    betas: tuple[float, float] = (0.9, 0.999)
    """Of Adam's averages; the first is also the momentum of ``sgd``."""
    epsilon: float = Field(default=1e-8, gt=0)
    """Added to the root of Adam's average of squares; Kong has 1e-7."""
    clip_gradient: float = Field(default=0.0, ge=0)
    """Greatest length of the gradient of all weights together; 0 for any."""


def make_optimiser(
    settings: OptimiserSettings,
    module: nn.Module,
    *,
    classes: int,
    kept: Collection[str] = (),
    share: float = 1.0,
) -> Optimizer:
    """Make the optimiser of a classifier.

    Parameters
    ----------
    settings : OptimiserSettings
    module : Module
        What does not require gradients is left as it is.
    classes : int
        How many it knows: matrices of as many rows are last layers, which Muon does not suit.
    kept : collection of str
        Names of weights that another training made.
    share : float
        Their learning rate, as a share of the others'.

    Returns
    -------
    Optimizer
        Each group of weights has its highest rate as ``base``.
    """
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            matrix = parameter.ndim > 1 and not _is_last(settings, parameter, classes)
            groups.setdefault((matrix, name in kept), []).append(parameter)
    optimiser = _make(
        settings,
        [
            {
                "params": parameters,
                "lr": settings.lr * (share if slow else 1.0),
                "weight_decay": settings.weight_decay if matrix else 0.0,
                "muon": matrix,
            }
            for (matrix, slow), parameters in groups.items()
        ],
    )
    for group in optimiser.param_groups:
        group["base"] = group["lr"]
    return optimiser


def clip_gradient(settings: OptimiserSettings, module: nn.Module) -> None:
    """Shorten the gradient if it is too long."""
    if settings.clip_gradient:
        torch.nn.utils.clip_grad_norm_(module.parameters(), settings.clip_gradient)


def _is_last(settings: OptimiserSettings, parameter: nn.Parameter, classes: int) -> bool:
    return settings.kind == "muon" and parameter.shape[0] == classes


def _make(settings: OptimiserSettings, groups: list[dict[str, Any]]) -> Optimizer:
    if settings.kind == "muon":
        # Adam's part has a third of the rate, as `MuonAdam` has it.
        for group in groups:
            group["lr"] *= 1.0 if group["muon"] else 1 / 3
        muon = MuonAdam([], heads=[], lr=settings.lr, weight_decay=0.0)
        muon.param_groups.clear()
        for group in groups:
            muon.add_param_group(group)
        return muon
    for group in groups:
        del group["muon"]
    if settings.kind == "sgd":
        return torch.optim.SGD(
            groups, lr=settings.lr, momentum=settings.betas[0], nesterov=True, fused=True
        )
    kind = torch.optim.Adam if settings.kind == "adam" else torch.optim.AdamW
    # Fused: all weights in one go, of which each is read and written once.
    return kind(groups, lr=settings.lr, betas=settings.betas, eps=settings.epsilon, fused=True)
