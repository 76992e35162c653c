"""The network of ``compact``, earmark's own embedder: one patch in, 128 numbers out.

A plain residual CNN (He et al. 2016, https://arxiv.org/abs/1512.03385) whose dense 3x3
convolutions keep a CPU busy in training as well as in use. Frequency is not pooled away before the
last layer: in sound, unlike in pictures, it matters where on that axis a pattern lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from earmark.embedders.session import EMBEDDING_SIZE
from earmark.features import MEL_BANDS

__all__ = ["Compact", "CompactConfig"]


@dataclass(frozen=True, kw_only=True)
class CompactConfig:
    """The sizes of the network."""

    widths: tuple[int, ...] = (32, 64, 192)
    """Channels of each stage; every stage halves the resolution of the one before."""
    stem_kernel: int = 7
    """Side of the first convolution, which has a stride of 4."""


class Compact(nn.Module):
    """Log-mel patches to embeddings.

    The input is standardised per mel band with statistics of the training recordings, so that the
    network takes VGGish's patches as they are. The output is squashed into (-2, 2), the range that
    8-bit quantisation covers, by a function that never cuts anything off.

    Parameters
    ----------
    config : CompactConfig
        Its sizes.
    """

    band_mean: Tensor
    band_std: Tensor
    pitch: Tensor

    def __init__(self, config: CompactConfig = CompactConfig()) -> None:
        super().__init__()
        widths = config.widths
        self.register_buffer("band_mean", torch.zeros(MEL_BANDS))
        self.register_buffer("band_std", torch.ones(MEL_BANDS))
        self.register_buffer("pitch", torch.linspace(-1, 1, MEL_BANDS), persistent=False)
        stages: list[nn.Module] = [_convolution(2, widths[0], kernel=config.stem_kernel, stride=4)]
        stages.append(_Residual(widths[0]))
        for narrow, wide in pairwise(widths):
            stages += [_convolution(narrow, wide, kernel=3, stride=2), _Residual(wide)]
        self.stages = nn.Sequential(*stages)
        bands_left = MEL_BANDS // 4 // 2 ** (len(widths) - 1)
        self.embed = nn.Linear(2 * widths[-1] * bands_left, EMBEDDING_SIZE, bias=False)
        self.normalise = nn.BatchNorm1d(EMBEDDING_SIZE, affine=False)

    @property
    def n_inner(self) -> int:
        """How many inner features a patch has."""
        return self.embed.in_features

    def inner(self, patches: Tensor) -> Tensor:
        """What the last layer reads: float32 [n, 96, 64] -> float32 [n, 1536], none below 0."""
        level = (patches - self.band_mean) / self.band_std
        image = torch.stack([level, self.pitch.expand_as(level)], dim=1)  # (n, 2, time, mel)
        image = image.contiguous(memory_format=torch.channels_last)
        maps = self.stages(image)  # (n, width, time / 16, mel / 16)
        return torch.cat([maps.mean(dim=2), maps.amax(dim=2)], dim=1).flatten(1)

    def of_inner(self, inner: Tensor) -> Tensor:
        """What the last layer makes of that: float32 [n, 1536] -> float32 [n, 128] in (-2, 2)."""
        embedding: Tensor = self.normalise(self.embed(inner))
        return 2 * torch.tanh(embedding / 2)

    def forward(self, patches: Tensor) -> Tensor:
        """float32 [n, 96, 64] -> float32 [n, 128] in (-2, 2)."""
        return self.of_inner(self.inner(patches))


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _convolution(width, width, kernel=3)
        self.second = _convolution(width, width, kernel=3, activation=False)

    def forward(self, maps: Tensor) -> Tensor:
        return torch.relu(maps + self.second(self.first(maps)))


def _convolution(
    n_in: int, n_out: int, *, kernel: int, stride: int = 1, activation: bool = True
) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(n_in, n_out, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(n_out),
    ]
    if activation:
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)
