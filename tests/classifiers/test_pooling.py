"""Pooling of decisions, against what the words say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from classifiers import plainly
from classifiers.random_weights import random_classifier

from earmark.classifiers.decision import DecisionClassifier
from earmark.classifiers.pooling import AveragePooling, MaxPooling
from earmark.classifiers.settings import AttentionSettings

SMALL = AttentionSettings(n_inputs=12, n_classes=7, hidden=20, n_layers=3, epsilon=1e-3)


@pytest.mark.parametrize("pooling", [MaxPooling, AveragePooling])
def test_it_is_the_highest_or_the_mean_score(pooling: type[DecisionClassifier]) -> None:
    made = random_classifier(pooling, SMALL)
    clip = torch.randn(10, 12)
    with torch.no_grad():
        found, _ = made(clip[None], (torch.arange(10) < 6)[None].float())
    weights = plainly.weights_of(made)
    *_, last = plainly.hidden(weights, clip[:6].numpy(), epsilon=1e-3)
    scores = np.stack([plainly.sigmoid(plainly.linear(weights, "score", row)) for row in last])
    wanted = scores.max(axis=0) if pooling is MaxPooling else scores.mean(axis=0)
    np.testing.assert_allclose(found[0], wanted, atol=1e-6)
