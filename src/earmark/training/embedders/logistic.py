"""Logistic regression solved to its end, in a second: one best answer, without steps to choose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from earmark.errors import DataError

__all__ = ["LinearHead", "solve"]

PENALTY = 3e-3
"""What was best from three to thirty clips a class on ESC-50; see docs/results.md."""


@dataclass(frozen=True, eq=False)
class LinearHead:
    """A linear layer."""

    weight: NDArray[np.float32]
    """float32 [class, feature]"""
    bias: NDArray[np.float32]
    """float32 [class]"""

    def logits(self, features: NDArray[np.floating]) -> NDArray[np.float32]:
        """Score examples before the last sigmoid or softmax: [n, feature] -> float32 [n, class]."""
        scored: NDArray[np.float32] = (features @ self.weight.T + self.bias).astype(np.float32)
        return scored


def solve(
    features: NDArray[np.floating],
    of: NDArray[np.bool_],
    *,
    exclusive: bool,
    penalty: float = PENALTY,
) -> LinearHead:
    """Find the linear layer whose loss is least.

    The loss is the mean over examples of the cross-entropy (softmax's, or the sum over classes of
    sigmoid's), and half the penalty times the sum of all squared weights. Biases cost nothing.

    Parameters
    ----------
    features : float [n, feature]
        Such as the means of clips' embeddings.
    of : bool [n, class]
    exclusive : bool
        Whether an example has exactly one class.
    penalty : float
        Above 0, or there is no least loss where classes can be told apart without a mistake.

    Raises
    ------
    DataError
        If there are no examples.
    """
    if not len(features):
        raise DataError("there is nothing to learn from: no examples")
    given = torch.from_numpy(np.asarray(features, np.float64))
    wanted = torch.from_numpy(np.asarray(of, np.float64))
    # About their mean, where steps in any direction are of like use.
    centre = given.mean(dim=0)
    given = given - centre
    weight = torch.zeros(wanted.shape[1], given.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(wanted.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weight, bias],
        max_iter=500,
        tolerance_grad=1e-7,
        tolerance_change=1e-12,
        history_size=20,
        line_search_fn="strong_wolfe",
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        logits = given @ weight.T + bias
        if exclusive:
            fit = cross_entropy(logits, wanted)
        else:
            fit = binary_cross_entropy_with_logits(logits, wanted, reduction="sum") / len(logits)
        total = fit + penalty / 2 * weight.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    with torch.enable_grad():
        optimiser.step(loss)  # type: ignore[no-untyped-call]
    matrix = weight.detach()
    return LinearHead(
        matrix.numpy().astype(np.float32),
        (bias.detach() - matrix @ centre).numpy().astype(np.float32),
    )
