"""A small VGGish whose weights are random and of a sensible size."""

from __future__ import annotations

import torch
from torch import nn

from earmark.embedders.vggish import Vggish, VggishConfig

NARROW = (4, 8, 72, 8, 16, 16)
"""Channels; 72 are enough for the products of that convolution to be drawn apart."""
HIDDEN = 48


def narrow(*, final_relu: bool = True, pca: bool = False, seed: int = 0) -> Vggish:
    """A network of the same shape with few channels, in which signals keep their size."""
    config = VggishConfig(widths=NARROW, hidden=HIDDEN, final_relu=final_relu, pca=pca)
    network = Vggish(config).eval()
    rng = torch.Generator().manual_seed(seed)
    for name, parameter in network.named_parameters():
        if parameter.ndim > 1:
            nn.init.kaiming_normal_(parameter.data, generator=rng)
        else:
            parameter.data.normal_(0, 0.1, generator=rng)
        if name.startswith("embeddings.4"):
            parameter.data *= 0.2
    if network.pca is not None:
        turn = torch.linalg.qr(torch.randn(128, 128, generator=rng)).Q
        network.pca.vectors.copy_(turn)
        network.pca.means.normal_(0.1, 0.05, generator=rng)
    return network


def patches(n: int, *, seed: int = 0) -> torch.Tensor:
    """Noise at levels as log-mel has them: float32 [n, 96, 64]."""
    return torch.randn(n, 96, 64, generator=torch.Generator().manual_seed(seed)) * 2 - 2
