"""A plain loop that trains multi-level attention as Kong's published code is said to.

Written from its description (https://github.com/qiuqiangkong/audioset_classification): all clips in
memory as bytes and their labels as a table, batches of 500 drawn in equal numbers of each class and
turned into float32 by NumPy, three times [dense of 1024, batch normalisation, ReLU, dropout of a
half], attention at two levels, Adam at 1e-3, everything in float32.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

__all__ = ["PlainLoop"]

HIDDEN, DROPOUT, CLASSES, FLOOR = 1024, 0.5, 527, 1e-7


class _Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.classify, self.attend = nn.Linear(HIDDEN, CLASSES), nn.Linear(HIDDEN, CLASSES)

    def forward(self, hidden: Tensor) -> Tensor:
        scores = torch.sigmoid(self.classify(hidden))
        attention = torch.softmax(self.attend(hidden), dim=-1).clamp(FLOOR, 1 - FLOOR)
        attention = attention / attention.sum(dim=1, keepdim=True)
        found: Tensor = (scores * attention).sum(dim=1)
        return found


class _Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.ModuleList(nn.Linear(n, HIDDEN) for n in (128, HIDDEN, HIDDEN))
        self.normalise = nn.ModuleList(nn.BatchNorm1d(HIDDEN) for _ in range(3))
        self.dropout = nn.Dropout(DROPOUT)
        self.levels = nn.ModuleList(_Attention() for _ in range(2))
        self.output = nn.Linear(2 * CLASSES, CLASSES)

    def forward(self, embeddings: Tensor) -> Tensor:
        hidden, seen = embeddings, []
        for dense, normalise in zip(self.dense, self.normalise, strict=True):
            linear = dense(hidden)
            normal = normalise(linear.flatten(0, 1)).view_as(linear)
            hidden = self.dropout(torch.relu(normal))
            seen.append(hidden)
        said = [level(layer) for level, layer in zip(self.levels, seen[1:], strict=True)]
        scores: Tensor = torch.sigmoid(self.output(torch.cat(said, dim=1)))
        return scores


class PlainLoop:
    """The loop, one step at a time.

    Parameters
    ----------
    frames : uint8 [clips, 10, 128]
    truth : bool [clips, 527]
    batch : int
    """

    def __init__(
        self, frames: NDArray[np.uint8], truth: NDArray[np.bool_], *, batch: int = 500
    ) -> None:
        torch.manual_seed(0)
        self._frames, self._truth, self._batch = frames, truth, batch
        self._network = _Network()
        self._optimiser = torch.optim.Adam(self._network.parameters(), lr=1e-3, eps=1e-7)
        self._random = np.random.RandomState(1234)
        self._clips = [np.flatnonzero(truth[:, k]) for k in range(CLASSES)]
        for clips in self._clips:
            self._random.shuffle(clips)
        self._pointers = [0] * CLASSES
        self._queue: list[int] = []

    def step(self) -> float:
        """Learn from one batch; return the loss."""
        rows = self._draw()
        embeddings = (self._frames[rows].astype(np.float32) - 128) / 128
        targets = self._truth[rows].astype(np.float32)
        self._network.train()
        scores = self._network(torch.from_numpy(embeddings))
        loss = nn.functional.binary_cross_entropy(scores, torch.from_numpy(targets))
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        return loss.item()

    def _draw(self) -> NDArray[np.int64]:
        """As many clips of each class, each class's in an order of its own."""
        while len(self._queue) < self._batch:
            classes = [k for k in range(CLASSES) if len(self._clips[k])]
            self._random.shuffle(classes)
            self._queue += classes
        wanted, self._queue = self._queue[: self._batch], self._queue[self._batch :]
        rows = []
        for k in wanted:
            rows.append(self._clips[k][self._pointers[k]])
            self._pointers[k] += 1
            if self._pointers[k] == len(self._clips[k]):
                self._pointers[k] = 0
                self._random.shuffle(self._clips[k])
        return np.array(rows)
