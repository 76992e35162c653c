"""What decision-level classifiers share: every patch is scored, and clips by their patches."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor

from earmark.classifiers.base import ClipClassifier
from earmark.classifiers.hidden import HiddenLayers
from earmark.classifiers.settings import AttentionSettings

__all__ = ["DecisionClassifier"]

NEAREST = 1e-7
"""How near scores come to 0 and 1 before the logarithm, as in Keras's cross-entropy."""


class DecisionClassifier(ClipClassifier):
    """One whose scores are probabilities before there are logits of them.

    Parameters
    ----------
    settings : AttentionSettings
        Its sizes.
    """

    def __init__(self, settings: AttentionSettings) -> None:
        super().__init__(settings)
        self.layers = HiddenLayers(settings)

    @abstractmethod
    def decide(self, hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score: float32 [clip, time, unit] -> [clip, class] and [clip, time, class], in (0, 1)."""

    def clip_logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips; see `ClipClassifier.clip_logits`."""
        return _logit(self._scores(embeddings, mask)[0])

    def logits(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score clips and patches; see `ClipClassifier.logits`."""
        of_clip, of_patches = self._scores(embeddings, mask)
        return _logit(of_clip), _logit(of_patches)

    def forward(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score clips and patches; see `ClipClassifier.forward`."""
        if self.exclusive:
            return super().forward(embeddings, mask)
        return self._scores(embeddings, mask)

    def _scores(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        return self.decide(self.layers(embeddings, mask, last=1)[0], mask)


def _logit(scores: Tensor) -> Tensor:
    # In 32 bits, as 1 - 1e-7 is 1 in 16.
    return torch.logit(scores.float().clamp(NEAREST, 1 - NEAREST))
