"""The layers that the attention family shares."""

from __future__ import annotations

import numpy as np
import torch
from classifiers import plainly

from earmark.classifiers.hidden import HiddenLayers
from earmark.classifiers.settings import AttentionSettings

SMALL = AttentionSettings(n_inputs=12, hidden=20, n_layers=3, epsilon=1e-3, dropout=0.0)
MASK = (torch.arange(10) < torch.tensor([[10], [4], [1]])).float()


def test_every_layer_reads_the_one_before() -> None:
    torch.manual_seed(1)
    layers = HiddenLayers(SMALL).eval()
    embeddings = torch.randn(3, 10, 12)
    with torch.no_grad():
        outputs = layers(embeddings, MASK)
    weights = {f"layers.{name}": value for name, value in plainly.weights_of(layers).items()}
    wanted = plainly.hidden(weights, embeddings[0].numpy(), epsilon=1e-3)
    assert len(outputs) == 3
    for found, patches in zip(outputs, wanted, strict=True):
        np.testing.assert_allclose(found[0], np.stack(patches), atol=1e-6)


def test_nothing_is_learnt_from_padding() -> None:
    torch.manual_seed(1)
    layers = HiddenLayers(SMALL)
    embeddings = torch.randn(3, 10, 12)
    real = MASK > 0
    outputs = layers(embeddings, MASK)
    first = layers.get_submodule("0.linear")(embeddings[real])
    learnt = layers.state_dict()["0.normalise.running_mean"]
    torch.testing.assert_close(learnt, 0.1 * first.mean(dim=0))  # 0.1 of the way from 0
    torch.manual_seed(1)
    again = HiddenLayers(SMALL)(torch.where(real[..., None], embeddings, 50.0), MASK)
    torch.testing.assert_close(outputs[-1][real], again[-1][real])
    outputs[-1][~real].sum().backward()
    for parameter in layers.parameters():
        assert parameter.grad is not None
        assert not parameter.grad.any()
