from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from earmark.training.schedules import ScheduleSettings, apply_schedule, momentum_at, rate_at

KINDS = ["constant", "one_cycle", "cosine", "linear", "step", "exponential"]


def rates(total: int = 101, *, batch: int = 10, **changes: Any) -> list[float]:
    chosen = ScheduleSettings.model_validate(changes)
    return [rate_at(chosen, step, total=total, batch=batch) for step in range(total)]


def test_one_cycle_is_pytorchs() -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.Adam([weight], lr=1.0)
    theirs = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1.0, total_steps=50, pct_start=0.3)
    chosen = ScheduleSettings(kind="one_cycle", end=4e-6, momentum=(0.85, 0.95))
    for step in range(50):
        part = step / 49
        found = rate_at(chosen, step, total=50, batch=1)
        momentum = momentum_at(chosen, step, total=50)
        # PyTorch's peak is at a whole step, `0.3 * 50 - 1`, and ours at a part of all of them.
        if abs(part - 0.3) > 0.05:
            assert found == pytest.approx(optimiser.param_groups[0]["lr"], abs=0.06)
            assert momentum == pytest.approx(optimiser.param_groups[0]["betas"][0], abs=0.01)
        optimiser.step()
        theirs.step()


def test_they_begin_and_end_as_they_say() -> None:
    cycle = rates(kind="one_cycle", peak=0.25)
    assert cycle[0] == pytest.approx(0.04)
    assert cycle[25] == max(cycle) == 1
    assert cycle[100] == pytest.approx(0, abs=1e-12)
    assert rates(kind="cosine", end=0.1)[0] == 1
    assert rates(kind="cosine", end=0.1)[50] == pytest.approx(0.55)
    assert rates(kind="linear")[50] == pytest.approx(0.5)
    assert rates(kind="linear")[100] == pytest.approx(0)
    steps = rates(100, kind="step")
    assert [steps[0], steps[69], steps[70], steps[90]] == pytest.approx([1, 1, 0.1, 0.01])
    by_clips = rates(100, kind="exponential", decay=0.95, examples=100)
    assert [by_clips[9], by_clips[10], by_clips[25]] == pytest.approx([1, 0.95, 0.95**2])
    warm = rates(100, warm_up=0.1)
    assert [warm[0], warm[4], warm[9], warm[99]] == pytest.approx([0.1, 0.5, 1, 1])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.integers(1, 40), st.floats(0, 1), st.floats(0, 1))
def test_rates_are_between_nothing_and_all(
    kind: str, total: int, warm_up: float, end: float
) -> None:
    for rate in rates(total, kind=kind, warm_up=warm_up, end=end):
        assert 0 <= rate <= 1 + 1e-12


def test_every_group_keeps_its_share() -> None:
    weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimiser = torch.optim.Adam(
        [{"params": [weights[0]], "base": 1.0}, {"params": [weights[1]], "base": 0.1}], lr=1.0
    )
    chosen = ScheduleSettings(kind="one_cycle", momentum=(0.8, 0.9))
    apply_schedule(chosen, optimiser, 0, total=11, batch=1)
    first, second = optimiser.param_groups
    assert (first["lr"], second["lr"]) == pytest.approx((0.04, 0.004))
    assert first["betas"] == pytest.approx((0.9, 0.999))


def test_steps_must_rise() -> None:
    with pytest.raises(ValidationError, match="steps must rise between 0 and 1"):
        ScheduleSettings(kind="step", steps=(0.9, 0.7))
