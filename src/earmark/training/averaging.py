"""Averages of the weights of many steps, which are better than those of the last one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from earmark.training.group import Group

__all__ = ["AveragingSettings", "WeightAverage"]


class AveragingSettings(Group):
    """Which average of the weights is the result."""

    kind: Literal["none", "ema", "last"] = "none"
    """The last step's weights; a running average that forgets (ema); or the plain mean over the
    last part of the run."""
    decay: float = Field(default=0.999, ge=0, lt=1)
    """Of ``ema``: how much of it is kept from step to step; less while there are few."""
    part: float = Field(default=0.25, gt=0, le=1)
    """Of ``last``: which part of the run."""
    every: int = Field(default=4, ge=1)
    """How many steps between two looks at the weights."""


class WeightAverage:
    """The average of a module's weights, and of what it knows of its input (its buffers).

    Parameters
    ----------
    settings : AveragingSettings
    module : Module
    total : int
        How many steps there will be.
    """

    def __init__(self, settings: AveragingSettings, module: nn.Module, *, total: int) -> None:
        self._settings, self._total = settings, total
        self._live = _floats(module)
        self._mean = [value.clone() for value in self._live]
        self._count = 0

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take the weights in, as they are after a step that counts from 0."""
        settings = self._settings
        last = step == self._total - 1
        if settings.kind == "none" or ((step + 1) % settings.every and not last):
            return
        if settings.kind == "last" and step < self._total * (1 - settings.part):
            return
        self._count += 1
        if settings.kind == "last":
            weight = 1 / self._count
        else:
            # Few weights are a poor average of many: at first they all count alike.
            seen = self._count * settings.every
            weight = 1 - min(settings.decay, seen / (seen + 10)) ** settings.every
        torch._foreach_lerp_(self._mean, self._live, weight)

    @property
    def is_empty(self) -> bool:
        """Whether no weights were taken in, so that there is no average."""
        return not self._count

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Have the module work with the average, if there is one, for a while."""
        if self.is_empty:
            yield
            return
        with torch.no_grad():
            live = [value.clone() for value in self._live]
            torch._foreach_copy_(self._live, self._mean)
            try:
                yield
            finally:
                torch._foreach_copy_(self._live, live)

    def state_dict(self) -> dict[str, Any]:
        """Return all that is needed to go on from here."""
        if self._settings.kind == "none":
            return {}
        return {"mean": self._mean, "count": self._count}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where another one was."""
        if state:
            torch._foreach_copy_(self._mean, state["mean"])
            self._count = state["count"]


def _floats(module: nn.Module) -> list[Tensor]:
    """A module's weights and buffers themselves, and not their copies."""
    return [value for value in module.state_dict().values() if value.is_floating_point()]
