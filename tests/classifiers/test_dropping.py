"""ReLU and dropout in one, against the two one after the other."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.classifiers.dropping import RectifiedDropout, rectified_dropout

SHAPES = st.lists(st.integers(1, 7), min_size=1, max_size=3)


@given(shape=SHAPES, share=st.floats(0, 0.999), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_a_value_is_rectified_and_enlarged_or_left_out(
    shape: list[int], share: float, seed: int
) -> None:
    torch.manual_seed(seed)
    values = torch.randn(*shape).requires_grad_()
    found = rectified_dropout(values, share=share)
    gain = 1 / (1 - min(round(share * 256), 255) / 256)
    whole = torch.relu(values.detach()) * gain
    kept = found > 0
    torch.testing.assert_close(found, torch.where(kept, whole, 0.0))
    upstream = torch.randn(*shape)
    found.backward(upstream)  # type: ignore[no-untyped-call]
    assert values.grad is not None
    torch.testing.assert_close(values.grad, torch.where(kept, upstream * gain, 0.0))


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5, 0.9])
def test_as_many_are_left_out_as_was_asked_for(share: float) -> None:
    torch.manual_seed(1)
    found = rectified_dropout(torch.ones(1000, 100), share=share)
    for part in (found, found[:, ::8], found[:, 7::8], found[:500]):  # in every byte alike
        assert abs(float((part == 0).float().mean()) - share) < 0.01
        assert abs(float(part.mean()) - 1) < 0.1
    together = (found[:, 1:] == 0) & (found[:, :-1] == 0)
    assert abs(float(together.float().mean()) - share**2) < 0.01  # neighbours know nothing


def test_the_same_seed_leaves_out_the_same() -> None:
    drawn = []
    for _ in range(2):
        torch.manual_seed(5)
        drawn.append(rectified_dropout(torch.ones(50, 7), share=0.5))
    assert torch.equal(*drawn)
    assert not torch.equal(drawn[0], rectified_dropout(torch.ones(50, 7), share=0.5))


def test_what_goes_in_stays_as_it_is() -> None:
    values = torch.randn(20, 5)
    before = values.clone()
    rectified_dropout(values, share=0.5)
    rectified_dropout(values, share=0.0)
    assert torch.equal(values, before)


def test_scoring_leaves_nothing_out() -> None:
    module = RectifiedDropout(0.5)
    values = torch.randn(20, 5)
    assert (module(values) == 0).float().mean() > 0.6
    assert torch.equal(module.eval()(values), torch.relu(values))
    assert repr(module) == "RectifiedDropout(0.5)"


def test_half_precision() -> None:
    values = torch.ones(20, 5, dtype=torch.bfloat16)
    assert rectified_dropout(values, share=0.5).dtype == torch.bfloat16
