"""One optimiser for a convolutional network: Muon for its matrices, Adam for the rest.

Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon) makes each update of a weight
matrix orthogonal, which takes fewer steps than Adam. PyTorch has it for matrices only and computes
in bfloat16, which processors without such instructions do hundreds of times slower than float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

__all__ = ["MuonAdam", "orthogonalised"]

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Jordan's coefficients: five rounds bring every singular value to somewhere near 1."""
ROUNDS = 5
MOMENTUM = 0.95
ADAM_BETAS = (0.9, 0.99)
RMS_OF_ADAM = 0.2
"""Size of Muon's updates, chosen (Liu et al. 2025, arXiv 2502.16982) to be like Adam's."""


class MuonAdam(Optimizer):
    """Two optimisers that look like one, so that one schedule drives both.

    Parameters
    ----------
    body : iterable of Parameter
        Those of two axes or more are moved by Muon, seen as matrices [out, rest]; vectors by Adam.
    heads : iterable of Parameter
        Last layers, which Muon does not suit: all moved by Adam.
    lr : float
        Of Muon. Adam's is a third of it.
    weight_decay : float
        Of the matrices of the body; nothing else has any.
    """

    def __init__(
        self,
        body: Iterable[nn.Parameter],
        *,
        heads: Iterable[nn.Parameter],
        lr: float,
        weight_decay: float,
    ) -> None:
        kept = list(body)
        matrices = [p for p in kept if p.ndim > 1]
        others = [p for p in kept if p.ndim < 2] + list(heads)
        super().__init__(
            [
                {"params": matrices, "muon": True, "weight_decay": weight_decay},
                {"params": others, "muon": False, "weight_decay": 0.0, "lr": lr / 3},
            ],
            {"lr": lr},
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    move = self._muon if group["muon"] else self._adam
                    parameter.add_(move(parameter), alpha=-group["lr"])
        return loss

    def _muon(self, parameter: Tensor) -> Tensor:
        state, gradient = self.state[parameter], parameter.grad
        assert gradient is not None
        momentum = state.setdefault("momentum", torch.zeros_like(parameter))
        momentum.lerp_(gradient, 1 - MOMENTUM)
        ahead = gradient.lerp(momentum, MOMENTUM).flatten(1)  # Nesterov's
        scale = RMS_OF_ADAM * max(ahead.shape) ** 0.5
        update: Tensor = orthogonalised(ahead) * scale
        return update.view_as(parameter)

    def _adam(self, parameter: Tensor) -> Tensor:
        state, gradient = self.state[parameter], parameter.grad
        assert gradient is not None
        if not state:
            state["step"] = 0
            state["first"] = torch.zeros_like(parameter)
            state["second"] = torch.zeros_like(parameter)
        state["step"] += 1
        first, second = ADAM_BETAS
        state["first"].lerp_(gradient, 1 - first)
        state["second"].lerp_(gradient.square(), 1 - second)
        mean: Tensor = state["first"] / (1 - first ** state["step"])
        square: Tensor = state["second"] / (1 - second ** state["step"])
        return mean / (square.sqrt() + 1e-8)


def orthogonalised(matrix: Tensor) -> Tensor:
    """Nearly the closest matrix with orthogonal rows or columns, by Newton and Schulz's iteration.

    Parameters
    ----------
    matrix : float32 [rows, columns]

    Returns
    -------
    float32 [rows, columns]
        Same singular vectors, every singular value between about 0.7 and 1.2.
    """
    a, b, c = NEWTON_SCHULZ
    is_tall = matrix.shape[0] > matrix.shape[1]
    wide: Tensor = matrix.T if is_tall else matrix
    wide = wide / (wide.norm() + 1e-7)
    for _ in range(ROUNDS):
        gram = wide @ wide.T
        wide = a * wide + (b * gram + c * gram @ gram) @ wide
    return wide.T if is_tall else wide
