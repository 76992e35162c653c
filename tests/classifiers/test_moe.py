"""Mixtures of experts, against a loop over classes and experts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from classifiers import plainly
from classifiers.random_weights import random_classifier
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from earmark.classifiers.moe import Mixture, MixtureOfExperts, MoeSettings

CLIP = np.random.default_rng(2).normal(1, 2, (10, 12)).astype(np.float32)
MASK = (torch.arange(10) < 6)[None].float()


@pytest.mark.parametrize("n_mixtures", [1, 2, 5])
def test_it_is_what_the_code_says(n_mixtures: int) -> None:
    sizes = MoeSettings(n_inputs=12, n_classes=7, n_mixtures=n_mixtures)
    made = random_classifier(MixtureOfExperts, sizes)
    with torch.no_grad():
        found, _ = made(torch.from_numpy(CLIP)[None], MASK)
    mean = plainly.unit(CLIP[:6].astype(np.float64).mean(axis=0))
    weights = plainly.weights_of(made)
    wanted = plainly.mixture(weights, "mixture", mean, n_mixtures=n_mixtures)
    np.testing.assert_allclose(found[0], wanted, atol=1e-6)


@given(size=st.floats(0.1, 6), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_logits_are_those_of_the_scores(size: float, seed: int) -> None:
    torch.manual_seed(seed)
    made = Mixture(4, MoeSettings(n_classes=3))
    values = torch.randn(1, 4) * size
    with torch.no_grad():
        found = made(values).double()
    wanted = plainly.mixture(plainly.weights_of(made), "", values[0].double().numpy(), n_mixtures=2)
    np.testing.assert_allclose(torch.sigmoid(found[0]), wanted, atol=1e-6)


def test_nothing_is_lost_close_to_0_and_1() -> None:
    made = Mixture(1, MoeSettings(n_classes=2, n_mixtures=1))
    with torch.no_grad():
        made.gates.weight.copy_(torch.tensor([[90.0], [-90.0], [0.0], [0.0]]))
        made.experts.weight.copy_(torch.tensor([[50.0], [-50.0]]))
    found = made(torch.ones(1, 1))
    torch.testing.assert_close(found, torch.tensor([[50.0, -140.0]]))
    found.sum().backward()
    for parameter in made.parameters():
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()
        assert parameter.grad.abs().max() > 0.5  # and it can learn that it is wrong


def test_large_weights_of_both_layers_cost() -> None:
    made = MixtureOfExperts(MoeSettings(n_inputs=12, n_classes=7, l2_penalty=1.0))
    with torch.no_grad():
        for layer in (made.mixture.gates, made.mixture.experts):
            nn.init.ones_(layer.weight)
    assert made.penalty() == (12 * 7 * 3 + 12 * 7 * 2) / 2
    assert made.mixture.gates.bias is None
