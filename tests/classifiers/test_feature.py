"""Attention to features, against a loop that says plainly what it is."""

from __future__ import annotations

import numpy as np
import torch
from classifiers import plainly
from classifiers.random_weights import random_classifier

from earmark.classifiers.feature import FeatureLevelAttention
from earmark.classifiers.settings import AttentionSettings

SMALL = AttentionSettings(n_inputs=12, n_classes=7, hidden=20, n_layers=3, epsilon=1e-3)


def test_it_is_what_the_paper_says() -> None:
    made = random_classifier(FeatureLevelAttention, SMALL)
    clip = torch.randn(10, 12)
    with torch.no_grad():
        found, _ = made(clip[None], (torch.arange(10) < 6)[None].float())
    weights = plainly.weights_of(made)
    *_, last = plainly.hidden(weights, clip[:6].numpy(), epsilon=1e-3)
    numerator, denominator = np.zeros(20), np.zeros(20)
    for row in last:
        attention = np.clip(plainly.sigmoid(plainly.linear(weights, "attend", row)), 1e-7, 1 - 1e-7)
        numerator += attention * plainly.linear(weights, "value", row)
        denominator += attention
    feature = plainly.normal(weights, "normalise", numerator / denominator, 1e-3)
    wanted = plainly.sigmoid(plainly.linear(weights, "output", np.maximum(0, feature)))
    np.testing.assert_allclose(found[0], wanted, atol=1e-6)


def test_statistics_are_those_of_clips() -> None:
    torch.manual_seed(1)
    made = FeatureLevelAttention(SMALL)
    embeddings, mask = torch.randn(4, 10, 12), torch.ones(4, 10)
    made(embeddings, mask)
    assert made.normalise.num_batches_tracked == 1
