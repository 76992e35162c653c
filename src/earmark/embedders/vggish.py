"""VGGish, Google's embedder of AudioSet: one patch in, 128 numbers out.

The network of Hershey et al. 2017 (https://arxiv.org/abs/1609.09430) as Google released it: six
3x3 convolutions with a ReLU each and four poolings, then three dense layers. It is here to be
imported, trained and compared with; recordings are embedded by the graph that `vggish_graph` draws
of the same weights.

Two variants of it are about. In the release of 2017, and in all that was made of it (AudioSet's
embeddings, IBM's and DEEP-OC's classifiers, torchvggish), the last layer ends in a ReLU too; in
Google's code since 2020 it does not. The weights are the same.

The names of the weights are torchvggish's: ``features.0.weight``, ..., ``embeddings.4.bias``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from earmark.embedders.session import EMBEDDING_SIZE
from earmark.features import MEL_BANDS, PATCH_FRAMES

__all__ = ["Pca", "Vggish", "VggishConfig"]

POOLED = (0, 1, 3, 5)
"""After which convolutions there is a pooling that halves both sides."""


@dataclass(frozen=True, kw_only=True)
class VggishConfig:
    """The sizes of the network, Google's unless said otherwise, and its last steps."""

    widths: tuple[int, int, int, int, int, int] = (64, 128, 256, 256, 512, 512)
    """Channels of each convolution."""
    hidden: int = 4096
    """Units of the first two dense layers."""
    final_relu: bool = True
    """Whether the last dense layer ends in ReLU, as in 2017."""
    pca: bool = False
    """Whether embeddings go through the PCA of AudioSet's postprocessing."""

    @property
    def flat(self) -> int:
        """How many numbers the first dense layer takes."""
        shrunk = 1 << len(POOLED)
        return PATCH_FRAMES // shrunk * (MEL_BANDS // shrunk) * self.widths[-1]


class Vggish(nn.Module):
    """Log-mel patches to embeddings.

    Parameters
    ----------
    config : VggishConfig
        Its sizes and its variant.
    """

    def __init__(self, config: VggishConfig = VggishConfig()) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        for at, (n_in, n_out) in enumerate(pairwise((1, *config.widths))):
            layers += [nn.Conv2d(n_in, n_out, 3, padding=1), nn.ReLU()]
            if at in POOLED:
                layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        dense: list[nn.Module] = [
            nn.Linear(config.flat, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, EMBEDDING_SIZE),
        ]
        if config.final_relu:
            dense.append(nn.ReLU())
        self.embeddings = nn.Sequential(*dense)
        self.pca = Pca() if config.pca else None

    def forward(self, patches: Tensor) -> Tensor:
        """float32 [n, 96, 64] -> float32 [n, 128], after PCA where there is one."""
        maps = self.features(patches[:, None])  # (n, channel, time, mel)
        # TensorFlow keeps channels last, and its dense weights follow that order.
        flat = maps.permute(0, 2, 3, 1).flatten(1)
        embedding: Tensor = self.embeddings(flat)
        return embedding if self.pca is None else self.pca(embedding)


class Pca(nn.Module):
    """The PCA of AudioSet's postprocessing: ``vectors @ (x - means)`` for each embedding."""

    vectors: Tensor
    means: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.eye(EMBEDDING_SIZE))
        self.register_buffer("means", torch.zeros(EMBEDDING_SIZE))

    def forward(self, embeddings: Tensor) -> Tensor:
        """float32 [n, 128] -> float32 [n, 128]."""
        return (embeddings - self.means) @ self.vectors.T
