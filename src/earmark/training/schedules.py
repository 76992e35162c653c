"""How the learning rate changes from step to step, as a plain function of the step.

Being one, it has nothing to remember: a run that goes on after an interruption has the right rate.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator
from torch.optim import Optimizer

from earmark.training.group import Group

__all__ = ["ScheduleSettings", "apply_schedule", "momentum_at", "rate_at"]


class ScheduleSettings(Group):
    """How the learning rate changes from step to step."""

    kind: Literal["constant", "one_cycle", "cosine", "linear", "step", "exponential"] = "constant"
    """The same throughout; up and down once (Smith and Topin 2017, arXiv 1708.07120); down to
    nothing along a cosine or a line; down in steps, as DEEP-OC's; or by the number of clips, as
    YouTube-8M's."""
    warm_up: float = Field(default=0.0, ge=0, le=1)
    """First part of the steps, in which the rate rises to the full one (but for ``one_cycle``)."""
    peak: float = Field(default=0.3, gt=0, lt=1)
    """Of ``one_cycle``: when the rate is highest, as a part of all steps."""
    start: float = Field(default=0.04, ge=0, le=1)
    """Of ``one_cycle``: the first rate, as a share of the highest."""
    end: float = Field(default=0.0, ge=0, le=1)
    """Of ``one_cycle``, ``cosine`` and ``linear``: the last rate, as a share of the highest."""
    momentum: tuple[float, float] | None = None
    """Of ``one_cycle``: momentum (Adam's first beta) at the highest rate and at the lowest, which
    moves against the rate, as in (0.85, 0.95)."""
    steps: tuple[float, ...] = (0.7, 0.9)
    """Of ``step``: when the rate falls, as parts of all steps."""
    decay: float = Field(default=0.1, gt=0, le=1)
    """Of ``step`` and ``exponential``: what the rate is multiplied by; YouTube-8M has 0.95."""
    examples: int = Field(default=4_000_000, ge=1)
    """Of ``exponential``: after how many clips each time."""

    @model_validator(mode="after")
    def _steps_rise(self) -> ScheduleSettings:
        parts = (0.0, *self.steps, 1.0)
        if any(not a < b for a, b in pairwise(parts)):
            raise ValueError(f"steps must rise between 0 and 1, as 0.7, 0.9 do, not {self.steps}")
        return self


def rate_at(settings: ScheduleSettings, step: int, *, total: int, batch: int) -> float:
    """Return the rate of a step as a share of the highest.

    Parameters
    ----------
    settings : ScheduleSettings
    step : int
        From 0 up.
    total : int
        How many steps there are.
    batch : int
        How many clips a step has.
    """
    part = step / max(1, total - 1)
    if settings.kind == "one_cycle":
        if part <= settings.peak:
            return _between(settings.start, 1.0, part / settings.peak)
        return _between(1.0, settings.end, (part - settings.peak) / (1 - settings.peak))
    warm_up = settings.warm_up * total
    rising = min(1.0, (step + 1) / warm_up) if warm_up else 1.0
    left = max(0.0, part - settings.warm_up) / max(1e-9, 1 - settings.warm_up)
    if settings.kind == "cosine":
        return rising * _between(1.0, settings.end, left)
    if settings.kind == "linear":
        return rising * (1 + (settings.end - 1) * left)
    if settings.kind == "step":
        return rising * settings.decay ** sum(step >= place * total for place in settings.steps)
    if settings.kind == "exponential":
        return rising * settings.decay ** (step * batch // settings.examples)
    return rising


def momentum_at(settings: ScheduleSettings, step: int, *, total: int) -> float | None:
    """Return the momentum of a step; None where it does not change."""
    if settings.kind != "one_cycle" or settings.momentum is None:
        return None
    part = step / max(1, total - 1)
    low, high = settings.momentum
    if part <= settings.peak:
        return _between(high, low, part / settings.peak)
    return _between(low, high, (part - settings.peak) / (1 - settings.peak))


def apply_schedule(
    settings: ScheduleSettings, optimiser: Optimizer, step: int, *, total: int, batch: int
) -> None:
    """Set the rates, and where it changes the momentum, of a step."""
    rate = rate_at(settings, step, total=total, batch=batch)
    momentum = momentum_at(settings, step, total=total)
    for group in optimiser.param_groups:
        group["lr"] = group["base"] * rate
        if momentum is not None:
            if "betas" in group:
                group["betas"] = (momentum, group["betas"][1])
            elif "momentum" in group:
                group["momentum"] = momentum


def _between(first: float, last: float, part: float) -> float:
    """Go from one to the other along half a cosine."""
    return last + (first - last) * (1 + math.cos(math.pi * min(1.0, part))) / 2
