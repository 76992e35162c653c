"""Logistic regression on means, against what the words say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from classifiers import plainly
from classifiers.random_weights import random_classifier

from earmark.classifiers.logistic import FrameLevelLogistic, Logistic
from earmark.classifiers.youtube8m import YouTube8mSettings

SMALL = YouTube8mSettings(n_inputs=12, n_classes=7)
CLIP = np.random.default_rng(2).normal(1, 2, (10, 12)).astype(np.float32)
MASK = (torch.arange(10) < 6)[None].float()


@pytest.mark.parametrize("model", [Logistic, FrameLevelLogistic])
@pytest.mark.parametrize("unit_length", [True, False])
def test_it_is_what_the_code_says(model: type[Logistic], unit_length: bool) -> None:
    settings = YouTube8mSettings(n_inputs=12, n_classes=7, unit_length=unit_length)
    made = random_classifier(model, settings)
    with torch.no_grad():
        found, of_patches = made(torch.from_numpy(CLIP)[None], MASK)
    real = CLIP[:6].astype(np.float64)
    if not unit_length:
        mean = real.mean(axis=0)
    elif model is Logistic:
        mean = plainly.unit(real.mean(axis=0))
    else:
        mean = np.mean([plainly.unit(patch) for patch in real], axis=0)
    weights = plainly.weights_of(made)
    wanted = plainly.sigmoid(plainly.linear(weights, "output", mean))
    np.testing.assert_allclose(found[0], wanted, atol=1e-6)
    patch = plainly.unit(real[2]) if unit_length else real[2]
    wanted = plainly.sigmoid(plainly.linear(weights, "output", patch))
    np.testing.assert_allclose(of_patches[0, 2], wanted, atol=1e-6)


def test_the_two_differ() -> None:
    torch.manual_seed(1)
    first, second = Logistic(SMALL), FrameLevelLogistic(SMALL)
    second.load_state_dict(first.state_dict())
    clips = torch.from_numpy(CLIP)[None]
    assert not torch.allclose(first.clip_logits(clips, MASK), second.clip_logits(clips, MASK))


def test_silence_has_no_length() -> None:
    made = FrameLevelLogistic(SMALL)
    assert made.clip_logits(torch.zeros(1, 10, 12), MASK).isfinite().all()


def test_large_weights_cost() -> None:
    made = Logistic(YouTube8mSettings(n_inputs=12, n_classes=7, l2_penalty=0.5))
    penalty = made.penalty()
    torch.testing.assert_close(penalty, 0.25 * made.output.weight.square().sum())
    penalty.backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(made.output.weight.grad, 0.5 * made.output.weight)
    assert made.output.bias.grad is None


def test_it_begins_undecided() -> None:
    scores, _ = Logistic(SMALL)(torch.zeros(1, 10, 12), MASK)
    assert (scores == 0.5).all()
