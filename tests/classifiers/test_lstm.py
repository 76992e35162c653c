"""A stack of LSTMs, against a loop over patches and layers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from classifiers import plainly
from classifiers.random_weights import random_classifier

from earmark.classifiers.lstm import Lstm, LstmSettings

SMALL = LstmSettings(n_inputs=12, n_classes=7, cells=16)
CLIP = np.random.default_rng(2).normal(1, 2, (10, 12)).astype(np.float32)


@pytest.mark.parametrize("n_layers", [1, 2, 3])
def test_it_is_what_the_code_says(n_layers: int) -> None:
    made = random_classifier(
        Lstm, LstmSettings(n_inputs=12, n_classes=7, cells=16, n_layers=n_layers)
    )
    with torch.no_grad():
        found, _ = made(torch.from_numpy(CLIP)[None], (torch.arange(10) < 6)[None].float())
    weights = plainly.weights_of(made)
    outputs = [plainly.unit(patch) for patch in CLIP[:6]]
    for layer in range(n_layers):
        outputs = plainly.lstm(weights, outputs, layer=layer)
    wanted = plainly.mixture(weights, "mixture", outputs[-1], n_mixtures=2)
    np.testing.assert_allclose(found[0], wanted, atol=1e-6)


def test_order_matters() -> None:
    made = random_classifier(Lstm, SMALL)
    clips = torch.from_numpy(CLIP)[None]
    with torch.no_grad():
        forth, _ = made(clips, torch.ones(1, 10))
        back, _ = made(clips.flip(1), torch.ones(1, 10))
    assert (forth - back).abs().max() > 1e-4


def test_it_begins_as_tensorflow_does() -> None:
    torch.manual_seed(1)
    made = Lstm(SMALL)
    for layer, n_in in ((0, 12), (1, 16)):
        limit = (6 / (n_in + 5 * 16)) ** 0.5
        for name in ("read.weight", "recall.weight"):
            weight = made.layers[layer].get_parameter(name)
            assert 0.95 * limit < weight.abs().max() <= limit
        biases = made.layers[layer].get_parameter("read.bias").view(4, 16)
        assert biases.mean(dim=1).tolist() == [0, 0, 1, 0]  # add, news, keep, show
