from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from earmark.training.optimisers import OptimiserSettings, clip_gradient, make_optimiser

CLASSES = 3


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, CLASSES))


def chosen(**changes: Any) -> OptimiserSettings:
    return OptimiserSettings.model_validate(changes)


@pytest.mark.parametrize("kind", ["adam", "adamw", "sgd", "muon"])
def test_each_makes_a_loss_smaller(kind: str) -> None:
    module = network()
    settings = chosen(kind=kind, lr=0.1 if kind == "sgd" else 0.02, weight_decay=1e-3)
    optimiser = make_optimiser(settings, module, classes=CLASSES)
    inputs, wanted = torch.randn(40, 4), torch.zeros(40, CLASSES)
    losses = []
    for _ in range(40):
        optimiser.zero_grad()
        loss = (module(inputs) - wanted).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]


def test_it_is_adam_with_decay_of_matrices_alone() -> None:
    ours, theirs = network(), network()
    optimiser = make_optimiser(chosen(kind="adamw", weight_decay=0.1), ours, classes=CLASSES)
    matrices = [p for p in theirs.parameters() if p.ndim > 1]
    vectors = [p for p in theirs.parameters() if p.ndim == 1]
    plain = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}],
        lr=1e-3,
    )
    for _ in range(3):
        for module, each in ((ours, optimiser), (theirs, plain)):
            each.zero_grad()
            module(torch.ones(2, 4)).sum().backward()
            each.step()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_weights_of_another_training_have_a_smaller_rate() -> None:
    kept = {"0.weight", "0.bias"}
    module = network()
    optimiser = make_optimiser(chosen(lr=0.5), module, classes=CLASSES, kept=kept, share=0.1)
    rates = {
        id(parameter): group["base"]
        for group in optimiser.param_groups
        for parameter in group["params"]
    }
    found = {name: rates[id(parameter)] for name, parameter in module.named_parameters()}
    assert found == pytest.approx(
        {"0.weight": 0.05, "0.bias": 0.05, "2.weight": 0.5, "2.bias": 0.5}
    )


def test_what_is_frozen_is_left_out() -> None:
    module = network()
    module[0].requires_grad_(False)
    optimiser = make_optimiser(chosen(), module, classes=CLASSES)
    assert sum(len(group["params"]) for group in optimiser.param_groups) == 2


def test_muon_leaves_last_layers_and_vectors_to_adam() -> None:
    module = network()
    optimiser = make_optimiser(chosen(kind="muon", lr=0.3), module, classes=CLASSES)
    by_muon = [p for g in optimiser.param_groups if g["muon"] for p in g["params"]]
    assert [p is module[0].weight for p in by_muon] == [True]
    assert sorted(g["base"] for g in optimiser.param_groups) == pytest.approx([0.1, 0.3])


def test_long_gradients_are_shortened() -> None:
    module = network()
    module(torch.ones(2, 4)).sum().mul(100).backward()
    clip_gradient(chosen(), module)
    before = torch.cat([p.grad.flatten() for p in module.parameters() if p.grad is not None])
    clip_gradient(chosen(clip_gradient=1.0), module)
    after = torch.cat([p.grad.flatten() for p in module.parameters() if p.grad is not None])
    assert before.norm() > 1
    torch.testing.assert_close(after, before / before.norm())
