"""The hidden layers that the attention family shares, each patch by itself."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from earmark.classifiers.config import AttentionConfig

__all__ = ["HiddenLayers"]


class HiddenLayers(nn.ModuleList):
    """Dense, batch normalisation, ReLU and dropout, as often as the config says.

    Parameters
    ----------
    config : AttentionConfig
        Their sizes.
    """

    def __init__(self, config: AttentionConfig) -> None:
        sizes = [config.n_inputs] + [config.hidden] * config.n_layers
        super().__init__(
            _Layer(n_in, n_out, dropout=config.dropout, epsilon=config.epsilon)
            for n_in, n_out in pairwise(sizes)
        )

    def forward(self, embeddings: Tensor, mask: Tensor) -> list[Tensor]:
        """Pass patches through.

        Parameters
        ----------
        embeddings : float32 [clip, time, 128]
        mask : float32 [clip, time]
            1 for a real patch and 0 for padding, of which nothing is learnt.

        Returns
        -------
        list of float32 [clip, time, unit]
            What each layer makes of them, the last layer's last.
        """
        outputs = [embeddings]
        for layer in self:
            outputs.append(layer(outputs[-1], mask))
        return outputs[1:]


class _Layer(nn.Module):
    def __init__(self, n_in: int, n_out: int, *, dropout: float, epsilon: float) -> None:
        super().__init__()
        self.linear = nn.Linear(n_in, n_out)
        self.normalise = nn.BatchNorm1d(n_out, eps=epsilon)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        linear = self.linear(hidden)  # (clip, time, unit)
        rows = linear.flatten(0, 1)
        if self.training:
            # Padding is no part of the mean and variance of real patches.
            real = mask.flatten() > 0
            normal = torch.zeros_like(rows).masked_scatter(
                real[:, None], self.normalise(rows[real])
            )
        else:
            normal = self.normalise(rows)
        kept: Tensor = self.dropout(torch.relu(normal)).view_as(linear)
        return kept
