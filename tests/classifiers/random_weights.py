"""Classifiers with weights that leave no part of them without a say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

from earmark.classifiers.settings import ClassifierSettings

Module = TypeVar("Module", bound=nn.Module)
Settings = TypeVar("Settings", bound=ClassifierSettings)


def random_classifier(
    make: Callable[[Settings], Module], settings: Settings, *, seed: int = 1
) -> Module:
    """One whose attention is far from even and whose normalisation does something."""
    torch.manual_seed(seed)
    made = make(settings)
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if "attend" in name:
                parameter.mul_(8)
            if "normalise" in name:
                parameter.add_(torch.randn_like(parameter) / 4)
        made(torch.randn(8, 10, settings.n_inputs) + 1, torch.ones(8, 10))
    return made.eval()
