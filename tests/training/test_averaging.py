from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from earmark.training.averaging import AveragingSettings, WeightAverage


class Weight(nn.Module):
    """A number and what it knows of its input, and a count that cannot be averaged."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.norm = nn.BatchNorm1d(1)

    def set(self, value: float) -> None:
        with torch.no_grad():
            self.weight.fill_(value)
            self.norm.running_mean.fill_(-value)  # type: ignore[union-attr]


def average(module: nn.Module, *, total: int = 10, **changes: Any) -> WeightAverage:
    return WeightAverage(AveragingSettings.model_validate(changes), module, total=total)


def test_a_running_average_is_its_formula() -> None:
    module = Weight()
    kept = average(module, kind="ema", decay=0.7, every=1)
    wanted = 0.0
    for step in range(10):
        module.set(step)
        kept.update(step)
        decay = min(0.7, (step + 1) / (step + 11))
        wanted = decay * wanted + (1 - decay) * step
    with kept.in_place():
        assert module.weight.item() == pytest.approx(wanted)
        assert float(module.norm.running_mean) == pytest.approx(-wanted)  # type: ignore[arg-type]
    assert module.weight.item() == 9


def test_the_last_part_is_averaged_plainly() -> None:
    module = Weight()
    kept = average(module, kind="last", part=0.4, every=1)
    for step in range(10):
        module.set(step)
        kept.update(step)
    with kept.in_place():
        assert module.weight.item() == pytest.approx((6 + 7 + 8 + 9) / 4)


def test_the_last_step_always_counts() -> None:
    module = Weight()
    kept = average(module, kind="last", part=1.0, every=4)
    for step in range(10):
        module.set(step)
        kept.update(step)
    with kept.in_place():
        assert module.weight.item() == pytest.approx((3 + 7 + 9) / 3)


def test_without_an_average_the_weights_are_the_weights() -> None:
    module = Weight()
    kept = average(module)
    module.set(3)
    kept.update(0)
    assert kept.is_empty
    assert kept.state_dict() == {}
    with kept.in_place():
        assert module.weight.item() == 3


@pytest.mark.parametrize("kind", ["ema", "last"])
def test_it_goes_on_from_what_was_kept(kind: str) -> None:
    first, second = Weight(), Weight()
    one, other = (average(module, kind=kind, part=1.0, every=2) for module in (first, second))
    for step in range(5):
        first.set(step)
        one.update(step)
    other.load_state_dict(one.state_dict())
    for step in range(5, 10):
        for module, kept in ((first, one), (second, other)):
            module.set(step)
            kept.update(step)
    with one.in_place(), other.in_place():
        assert first.weight.item() == second.weight.item()


def test_weights_come_back_after_an_error() -> None:
    module = Weight()
    kept = average(module, kind="ema", every=1)
    module.set(1)
    kept.update(0)
    module.set(2)
    with pytest.raises(ValueError, match="stop"), kept.in_place():
        raise ValueError("stop")
    assert module.weight.item() == 2
