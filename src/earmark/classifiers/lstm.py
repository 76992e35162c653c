"""A stack of LSTMs that reads a clip in the order of time.

LstmModel of https://github.com/google/youtube-8m (``frame_level_models.py``), after Abu-El-Haija et
al. 2016 (https://arxiv.org/abs/1609.08675); the cells are those of Hochreiter and Schmidhuber 1997
(https://doi.org/10.1162/neco.1997.9.8.1735) with the forget gate of Gers et al. 2000
(https://doi.org/10.1162/089976600300015015). What the last layer puts out after a clip's last patch
goes to a mixture of experts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from earmark.classifiers.base import ClipClassifier
from earmark.classifiers.moe import Mixture, MoeSettings
from earmark.classifiers.settings import Depth, Size
from earmark.classifiers.youtube8m import scaled

__all__ = ["Lstm", "LstmSettings"]


@dataclass(frozen=True, kw_only=True)
class LstmSettings(MoeSettings):
    """A stack of LSTMs, in YouTube-8M's sizes."""

    cells: Size = 1024
    """Cells of each layer."""
    n_layers: Depth = 2
    """Layers of cells."""


class Lstm(ClipClassifier):
    """A stack of LSTMs.

    Parameters
    ----------
    settings : LstmSettings
        Its sizes.
    """

    settings: LstmSettings

    def __init__(self, settings: LstmSettings) -> None:
        super().__init__(settings)
        sizes = [settings.n_inputs] + [settings.cells] * (settings.n_layers - 1)
        self.layers = nn.ModuleList(_Cells(n_in, settings.cells) for n_in in sizes)
        self.mixture = Mixture(settings.cells, settings)

    def clip_logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips; see `ClipClassifier.clip_logits`."""
        values = scaled(embeddings, self.settings).transpose(0, 1)  # (time, clip, n_inputs)
        real = mask.transpose(0, 1)[:, :, None] > 0
        for layer in self.layers:
            values = layer(values, real)
        logits: Tensor = self.mixture(values[-1])
        return logits

    def penalty(self) -> Tensor:
        """What is added to the loss; see `ClipClassifier.penalty`."""
        return self.mixture.penalty()


class _Cells(nn.Module):
    """A layer of cells: what each puts out is its state, and it keeps a memory."""

    def __init__(self, n_in: int, n_cells: int) -> None:
        super().__init__()
        self.read = nn.Linear(n_in, 4 * n_cells)
        self.recall = nn.Linear(n_cells, 4 * n_cells, bias=False)
        # TensorFlow has both in one matrix, and draws Glorot's uniform weights for that.
        limit = math.sqrt(6 / (n_in + n_cells + 4 * n_cells))
        for layer in (self.read, self.recall):
            nn.init.uniform_(layer.weight, -limit, limit)
        nn.init.zeros_(self.read.bias)
        with torch.no_grad():
            self.read.bias[2 * n_cells : 3 * n_cells] = 1.0  # cells begin by forgetting little

    def forward(self, values: Tensor, real: Tensor) -> Tensor:
        """Read step by step: float32 [time, clip, n_in], bool [time, clip, 1] -> same, n_cells.

        Padding leaves a clip's cells as they are, so that the last step has what was put out at its
        last real patch.
        """
        given = self.read(values).unbind(0)
        state = memory = given[0].new_zeros(given[0].shape[0], self.recall.in_features)
        states = []
        for at, (heard, is_real) in enumerate(zip(given, real.unbind(0), strict=True)):
            gates = heard + self.recall(state) if at else heard  # there is no state to recall yet
            add, news, keep, show = gates.chunk(4, dim=1)
            learnt = torch.sigmoid(keep) * memory + torch.sigmoid(add) * torch.tanh(news)
            memory = torch.where(is_real, learnt, memory)
            state = torch.where(is_real, torch.sigmoid(show) * torch.tanh(memory), state)
            states.append(state)
        return torch.stack(states)
