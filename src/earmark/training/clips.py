"""All clips of a set in memory as bytes, and batches of them as a network wants them.

A batch is made by a handful of operations on whole arrays. It costs about a thousandth of what a
network of three layers does with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from earmark.embedders.identity import Dequantiser
from earmark.formats import EmbeddingSet

__all__ = ["Batch", "Clips"]

_PROCESSOR = torch.device("cpu")
_READ: dict[Dequantiser, tuple[float, float]] = {
    "kong": (1 / 128, -1.0),
    "youtube8m": (4 / 255, 4 / 512 - 2),
}
"""Of each way to read a byte: what it is multiplied by, and what is added."""


@dataclass(frozen=True)
class Batch:
    """Some clips, ready to learn from."""

    embeddings: Tensor
    """float32 [clip, time, 128]: zero where there is padding."""
    mask: Tensor
    """float32 [clip, time]: 1 for frames and 0 for padding."""
    targets: Tensor
    """float32 [clip, class]: between 0 and 1."""


class Clips:
    """The clips of a set on the device that learns from them.

    Parameters
    ----------
    clips : EmbeddingSet
    classes : int
        How many there are.
    device : torch.device
        Where to keep them: 1.3 KB a clip.
    """

    def __init__(
        self, clips: EmbeddingSet, *, classes: int, device: torch.device = _PROCESSOR
    ) -> None:
        self.classes, self.device = classes, device
        self._scale, self._offset = _READ[clips.identity.dequantiser]
        self._frames = _to(device, clips.frames)
        self._lengths = _to(device, clips.lengths.astype(np.int64))
        self._padded = bool((clips.lengths < clips.frames.shape[1]).any())
        self._time = torch.arange(clips.frames.shape[1], device=device)
        # Labels are few and their number varies: looking them up here keeps a GPU from waiting.
        self._labels = clips.labels

    def __len__(self) -> int:
        """Count them."""
        return len(self._lengths)

    def batch(self, rows: NDArray[np.int64]) -> Batch:
        """Return some of them, by their numbers: int64 [clip]."""
        chosen = _to(self.device, rows)
        embeddings, mask = self._read(
            self._frames.index_select(0, chosen), self._lengths.index_select(0, chosen)
        )
        return Batch(embeddings, mask, self._targets(rows))

    def run(self, begin: int, end: int) -> tuple[Tensor, Tensor]:
        """Return the embeddings and the mask of a run of them."""
        return self._read(self._frames[begin:end], self._lengths[begin:end])

    def _read(self, frames: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        mask = (self._time < lengths[:, None]).float()
        embeddings = frames.float().mul_(self._scale).add_(self._offset)
        if self._padded:
            embeddings.mul_(mask[:, :, None])
        return embeddings, mask

    def _targets(self, rows: NDArray[np.int64]) -> Tensor:
        """Which classes clips have, as ones among zeros."""
        labels = self._labels.take(rows)
        at = np.repeat(np.arange(len(rows)), labels.counts)
        targets = torch.zeros(len(rows), self.classes, device=self.device)
        places = (_to(self.device, at), _to(self.device, labels.values.astype(np.int64)))
        return targets.index_put_(places, targets.new_ones(()))


def _to(device: torch.device, array: NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.require(array, requirements=("C", "W"))).to(device)
