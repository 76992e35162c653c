"""The attention family once more, patch by patch in float64, as its papers write it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import nn

Values = NDArray[np.float64]
Weights = dict[str, Values]


def weights_of(module: nn.Module) -> Weights:
    return {name: value.double().numpy() for name, value in module.state_dict().items()}


def hidden(weights: Weights, clip: NDArray[np.float32], *, epsilon: float) -> list[list[Values]]:
    """What each layer makes of each patch: float32 [time, n] -> [layer][time] of [unit]."""
    layers: list[list[Values]] = []
    patches = [patch.astype(np.float64) for patch in clip]
    while f"layers.{len(layers)}.linear.weight" in weights:
        name = f"layers.{len(layers)}"
        patches = [
            np.maximum(
                0,
                normal(
                    weights, f"{name}.normalise", linear(weights, f"{name}.linear", patch), epsilon
                ),
            )
            for patch in patches
        ]
        layers.append(patches)
    return layers


def decision_attention(weights: Weights, name: str, patches: list[Values]) -> Values:
    """Class scores weighted by a softmax over classes, normalised over time: [class]."""
    numerator, denominator = 0.0, 0.0
    for patch in patches:
        attend = np.exp(linear(weights, f"{name}.attend", patch))
        attention = np.clip(attend / attend.sum(), 1e-7, 1 - 1e-7)  # over classes
        numerator = numerator + attention * sigmoid(linear(weights, f"{name}.score", patch))
        denominator = denominator + attention  # over time
    averaged: Values = np.asarray(numerator / denominator)
    return averaged


def normal(weights: Weights, name: str, values: Values, epsilon: float) -> Values:
    centred = values - weights[f"{name}.running_mean"]
    scaled = centred / np.sqrt(weights[f"{name}.running_var"] + epsilon)
    moved: Values = scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return moved


def linear(weights: Weights, name: str, values: Values) -> Values:
    product: Values = weights[f"{name}.weight"] @ values + weights[f"{name}.bias"]
    return product


def sigmoid(values: Values) -> Values:
    return 1 / (1 + np.exp(-values))
