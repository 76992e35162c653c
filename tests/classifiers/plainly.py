"""Classifiers once more, patch by patch in float64, as their papers write them."""

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


def mixture(weights: Weights, name: str, values: Values, *, n_mixtures: int) -> Values:
    """Each class's experts, weighted by its gates, the last of which is nobody's: [class]."""
    gates = np.exp(linear(weights, _join(name, "gates"), values).reshape(n_mixtures + 1, -1)).T
    experts = sigmoid(linear(weights, _join(name, "experts"), values).reshape(n_mixtures, -1)).T
    scores = []
    for gate, expert in zip(gates, experts, strict=True):
        scores.append(sum(g / gate.sum() * e for g, e in zip(gate[:-1], expert, strict=True)))
    return np.array(scores)


def lstm(weights: Weights, patches: list[Values], *, layer: int) -> list[Values]:
    """What one layer of cells puts out after each patch: [time] of [cell]."""
    recall = weights[f"layers.{layer}.recall.weight"]
    state, memory, outputs = np.zeros(recall.shape[1]), np.zeros(recall.shape[1]), []
    for patch in patches:
        gates = linear(weights, f"layers.{layer}.read", patch) + recall @ state
        add, news, keep, show = np.split(gates, 4)
        memory = sigmoid(keep) * memory + sigmoid(add) * np.tanh(news)
        state = sigmoid(show) * np.tanh(memory)
        outputs.append(state)
    return outputs


def normal(weights: Weights, name: str, values: Values, epsilon: float) -> Values:
    centred = values - weights[f"{name}.running_mean"]
    scaled = centred / np.sqrt(weights[f"{name}.running_var"] + epsilon)
    moved: Values = scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return moved


def linear(weights: Weights, name: str, values: Values) -> Values:
    product: Values = weights[f"{name}.weight"] @ values + weights.get(f"{name}.bias", 0.0)
    return product


def unit(values: NDArray[np.float32] | Values) -> Values:
    """The same direction, of length 1."""
    exact = values.astype(np.float64)
    length: float = np.sqrt((exact**2).sum())
    return exact / length


def sigmoid(values: Values) -> Values:
    return 1 / (1 + np.exp(-values))


def _join(*parts: str) -> str:
    return ".".join(part for part in parts if part)
