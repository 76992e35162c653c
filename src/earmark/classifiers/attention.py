"""Decision-level attention: the classes of every patch, weighted over time, at one or more levels.

The attention of Kong et al. 2018 (https://arxiv.org/abs/1711.00927), on several hidden layers at
once as in Yu et al. 2018 (https://arxiv.org/abs/1803.02353): class scores are weighted over time by
a softmax over *classes*, clipped and then normalised over time. A softmax over time is another
model.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from earmark.classifiers.config import COMPACT, AttentionConfig
from earmark.classifiers.hidden import HiddenLayers

__all__ = [
    "AttentionConfig",
    "DecisionAttention",
    "MultiLevelAttention",
    "SingleLevelAttention",
    "average_over_time",
]

ATTENTION_FLOOR = 1e-7
"""Kong et al. clip the attention to [1e-7, 1 - 1e-7] before it is normalised over time."""


def average_over_time(values: Tensor, attention: Tensor, mask: Tensor) -> Tensor:
    """Average over the real patches of a clip, weighted by attention.

    Parameters
    ----------
    values, attention : float32 [clip, time, n]
    mask : float32 [clip, time]
        1 for a real patch and 0 for padding. A clip has at least one real patch.

    Returns
    -------
    float32 [clip, n]
    """
    weights = attention.clamp(ATTENTION_FLOOR, 1 - ATTENTION_FLOOR) * mask[:, :, None]
    weights = weights / weights.sum(dim=1, keepdim=True)
    return (values * weights).sum(dim=1)


class DecisionAttention(nn.Module):
    """Hidden values to class scores, of the clip and of each patch."""

    def __init__(self, n_in: int, n_classes: int) -> None:
        super().__init__()
        self.score = nn.Linear(n_in, n_classes)
        self.attend = nn.Linear(n_in, n_classes)

    def forward(self, hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score: float32 [clip, time, unit] -> [clip, class] and [clip, time, class]."""
        scores = torch.sigmoid(self.score(hidden))
        attention = torch.softmax(self.attend(hidden), dim=-1)  # over classes, and not over time
        return average_over_time(scores, attention, mask), scores


class SingleLevelAttention(nn.Module):
    """Attention on the last hidden layer alone.

    Parameters
    ----------
    config : AttentionConfig
        Its sizes.
    """

    def __init__(self, config: AttentionConfig) -> None:
        super().__init__()
        self.layers = HiddenLayers(config)
        self.level = DecisionAttention(config.hidden, config.n_classes)

    def forward(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Scores in (0, 1), of clips and of patches; see :meth:`MultiLevelAttention.logits`."""
        scored: tuple[Tensor, Tensor] = self.level(self.layers(embeddings, mask)[-1], mask)
        return scored


class MultiLevelAttention(nn.Module):
    """Attention on several hidden layers, and a layer that weighs what they say.

    Parameters
    ----------
    config : AttentionConfig
        Its sizes.
    """

    def __init__(self, config: AttentionConfig = COMPACT) -> None:
        super().__init__()
        n_levels = config.n_levels or config.n_layers
        n_concepts = config.n_concepts or config.n_classes
        self.exclusive = config.exclusive
        self.layers = HiddenLayers(config)
        self.levels = nn.ModuleList(
            DecisionAttention(config.hidden, n_concepts) for _ in range(n_levels)
        )
        self.output = nn.Linear(n_concepts * n_levels, config.n_classes)

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
        hidden = self.layers(embeddings, mask)[-len(self.levels) :]
        of_clip, of_patches = zip(
            *(level(values, mask) for level, values in zip(self.levels, hidden, strict=True)),
            strict=True,
        )
        return self.output(torch.cat(of_clip, dim=-1)), self.output(torch.cat(of_patches, dim=-1))

    def forward(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Scores in (0, 1): float32 [clip, class] and [clip, time, class]; see :meth:`logits`."""
        of_clip, of_patches = self.logits(embeddings, mask)
        if self.exclusive:
            return torch.softmax(of_clip, dim=-1), torch.softmax(of_patches, dim=-1)
        return torch.sigmoid(of_clip), torch.sigmoid(of_patches)
