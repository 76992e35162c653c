"""The attention family: a clip's embeddings in, a score for every class out.

Multi-level attention after Yu et al. 2018 (https://arxiv.org/abs/1803.02353), with the attention
of Kong et al. 2018 (https://arxiv.org/abs/1711.00927): class scores are weighted over time by a
softmax over *classes*, clipped and then normalised over time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

__all__ = ["AttentionConfig", "MultiLevelAttention"]

ATTENTION_FLOOR = 1e-7
"""Kong et al. clip the softmax to [1e-7, 1 - 1e-7] before it is normalised over time."""


@dataclass(frozen=True, kw_only=True)
class AttentionConfig:
    """The sizes of the classifier."""

    n_inputs: int = 128
    n_classes: int = 527
    hidden: int = 512
    n_layers: int = 2
    """Hidden layers; an attention module reads each of them."""
    dropout: float = 0.2


class MultiLevelAttention(nn.Module):
    """Clips of up to ten embeddings to scores, of the clip and of each patch.

    Parameters
    ----------
    config : AttentionConfig
        Its sizes.
    """

    def __init__(self, config: AttentionConfig = AttentionConfig()) -> None:
        super().__init__()
        sizes = [config.n_inputs] + [config.hidden] * config.n_layers
        self.layers = nn.ModuleList(
            _Layer(n_in, n_out, dropout=config.dropout) for n_in, n_out in pairwise(sizes)
        )
        self.levels = nn.ModuleList(
            _Attention(config.hidden, config.n_classes) for _ in range(config.n_layers)
        )
        self.output = nn.Linear(config.n_classes * config.n_layers, config.n_classes)

    def logits(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Scores before the last sigmoid.

        Parameters
        ----------
        embeddings : float32 [clip, time, 128]
        mask : float32 [clip, time]
            1 for a real patch and 0 for padding. A clip has at least one real patch.

        Returns
        -------
        float32 [clip, class], float32 [clip, time, class]
            Of the clip; of each patch, as if it were a clip by itself.
        """
        hidden = embeddings
        of_clip, of_patches = [], []
        for layer, level in zip(self.layers, self.levels, strict=True):
            hidden = layer(hidden)
            scores, attention = level(hidden)  # (clip, time, class) each
            weights = attention * mask[:, :, None]
            weights = weights / weights.sum(dim=1, keepdim=True)
            of_clip.append((scores * weights).sum(dim=1))
            of_patches.append(scores)
        return self.output(torch.cat(of_clip, dim=-1)), self.output(torch.cat(of_patches, dim=-1))

    def forward(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Scores in (0, 1): float32 [clip, class] and [clip, time, class]; see :meth:`logits`."""
        of_clip, of_patches = self.logits(embeddings, mask)
        return torch.sigmoid(of_clip), torch.sigmoid(of_patches)


class _Layer(nn.Module):
    def __init__(self, n_in: int, n_out: int, *, dropout: float) -> None:
        super().__init__()
        self.linear = nn.Linear(n_in, n_out)
        self.normalise = nn.BatchNorm1d(n_out)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor) -> Tensor:
        linear = self.linear(hidden)  # (clip, time, unit)
        normal: Tensor = self.normalise(linear.flatten(0, 1)).view_as(linear)
        kept: Tensor = self.dropout(torch.relu(normal))
        return kept


class _Attention(nn.Module):
    def __init__(self, n_in: int, n_classes: int) -> None:
        super().__init__()
        self.score = nn.Linear(n_in, n_classes)
        self.attend = nn.Linear(n_in, n_classes)

    def forward(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        scores = torch.sigmoid(self.score(hidden))
        attention = torch.softmax(self.attend(hidden), dim=-1)  # over classes, and not over time
        return scores, attention.clamp(ATTENTION_FLOOR, 1 - ATTENTION_FLOOR)
