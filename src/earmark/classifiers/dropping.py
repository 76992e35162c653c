"""ReLU and dropout in one, for training on CPUs.

Dropout (Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html) as PyTorch has it
draws a number for each value. For layers as small as ours that takes as long as a quarter of their
multiplications. Here eight values share one draw of 64 bits, and the gradient is known from the
result alone: it is 0 where that is 0, whether a value was negative or was left out.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

__all__ = ["RectifiedDropout", "rectified_dropout"]

STEPS = 256
"""The share that is left out is a multiple of 1 / STEPS, as a byte decides."""


class RectifiedDropout(nn.Module):
    """ReLU, and in training dropout: see `rectified_dropout`."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def extra_repr(self) -> str:
        """Show the share."""
        return f"{self.share}"

    def forward(self, values: Tensor) -> Tensor:
        """Rectify, and in training leave a share of the values out."""
        return rectified_dropout(values, share=self.share if self.training else 0.0)


def rectified_dropout(values: Tensor, *, share: float) -> Tensor:
    """Rectify values and leave some of them out.

    Parameters
    ----------
    values : float32 or bfloat16, any shape
    share : float
        How many are left out, from 0 to below 1, to the nearest 256th. The others become so much
        larger that the sum is the same to be expected.

    Returns
    -------
    as values
        0 for what is negative or left out.
    """
    threshold = min(round(share * STEPS), STEPS - 1)
    if not threshold:
        return torch.relu(values)
    rectified: Tensor = _RectifiedDropout.apply(values, threshold)  # type: ignore[no-untyped-call]
    return rectified


class _RectifiedDropout(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, threshold: int) -> Tensor:
        kept = values * (_random_bytes(values) >= threshold)
        ctx.gain = STEPS / (STEPS - threshold)
        kept.relu_().mul_(ctx.gain)
        ctx.save_for_backward(kept)
        return kept

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (kept,) = ctx.saved_tensors
        return torch.ops.aten.threshold_backward(gradient, kept, 0).mul_(ctx.gain), None


def _random_bytes(like: Tensor) -> Tensor:
    """Draw a byte for each value: uint8 of the same shape."""
    words = torch.empty((like.numel() + 7) // 8, dtype=torch.int64, device=like.device)
    words.random_(-(2**63), None)  # all 64 bits; without limits it would be 63
    return words.view(torch.uint8)[: like.numel()].view(like.shape)
