"""Decision-level attention: the classes of every patch, weighted over time, at one or more levels.

The attention of Kong et al. 2018 (https://arxiv.org/abs/1711.00927), on several hidden layers at
once as in Yu et al. 2018 (https://arxiv.org/abs/1803.02353): class scores are weighted over time by
a softmax over *classes*, clipped and then normalised over time. A softmax over time is another
model.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from earmark.classifiers.base import ClipClassifier
from earmark.classifiers.decision import DecisionClassifier
from earmark.classifiers.hidden import HiddenLayers
from earmark.classifiers.settings import AttentionSettings, MultiAttentionSettings

__all__ = [
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
    return (values * weights).sum(dim=1) / weights.sum(dim=1)


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


class SingleLevelAttention(DecisionClassifier):
    """Attention on the last hidden layer alone.

    Parameters
    ----------
    settings : AttentionSettings
        Its sizes.
    """

    def __init__(self, settings: AttentionSettings) -> None:
        super().__init__(settings)
        self.level = DecisionAttention(settings.hidden, settings.n_classes)

    def decide(self, hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score; see `DecisionClassifier.decide`."""
        scored: tuple[Tensor, Tensor] = self.level(hidden, mask)
        return scored


class MultiLevelAttention(ClipClassifier):
    """Attention on several hidden layers, and a layer that weighs what they say.

    Parameters
    ----------
    settings : MultiAttentionSettings
        Its sizes.
    """

    def __init__(self, settings: MultiAttentionSettings) -> None:
        super().__init__(settings)
        n_concepts = settings.n_concepts or settings.n_classes
        self.layers = HiddenLayers(settings)
        self.levels = nn.ModuleList(
            DecisionAttention(settings.hidden, n_concepts) for _ in range(settings.n_levels)
        )
        self.output = nn.Linear(n_concepts * settings.n_levels, settings.n_classes)

    def clip_logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips; see `ClipClassifier.clip_logits`."""
        of_clip, _ = self._levels(embeddings, mask)
        logits: Tensor = self.output(torch.cat(of_clip, dim=-1))
        return logits

    def logits(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score clips and patches; see `ClipClassifier.logits`."""
        of_clip, of_patches = self._levels(embeddings, mask)
        return self.output(torch.cat(of_clip, dim=-1)), self.output(torch.cat(of_patches, dim=-1))

    def _levels(
        self, embeddings: Tensor, mask: Tensor
    ) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """What each level says of the clips and of their patches."""
        hidden = self.layers(embeddings, mask, last=len(self.levels))
        of_clip, of_patches = zip(
            *(level(values, mask) for level, values in zip(self.levels, hidden, strict=True)),
            strict=True,
        )
        return of_clip, of_patches
