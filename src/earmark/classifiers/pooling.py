"""Decision-level pooling: score every patch, then take each class's highest or mean score.

What attention is measured against: the highest after Choi et al. 2016
(https://arxiv.org/abs/1606.00298), the mean after Lin et al. 2013
(https://arxiv.org/abs/1312.4400).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from earmark.classifiers.decision import DecisionClassifier
from earmark.classifiers.settings import AttentionSettings

__all__ = ["AveragePooling", "MaxPooling"]


class MaxPooling(DecisionClassifier):
    """A clip scores as the patch in which a class is clearest.

    Parameters
    ----------
    settings : AttentionSettings
        Its sizes.
    """

    def __init__(self, settings: AttentionSettings) -> None:
        super().__init__(settings)
        self.score = nn.Linear(settings.hidden, settings.n_classes)

    def decide(self, hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score; see `DecisionClassifier.decide`."""
        scores = torch.sigmoid(self.score(hidden))
        real = scores * mask[:, :, None]  # padding scores 0, which is the highest of none
        return real.amax(dim=1), scores


class AveragePooling(DecisionClassifier):
    """A clip scores as its patches do on average.

    Parameters
    ----------
    settings : AttentionSettings
        Its sizes.
    """

    def __init__(self, settings: AttentionSettings) -> None:
        super().__init__(settings)
        self.score = nn.Linear(settings.hidden, settings.n_classes)

    def decide(self, hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score; see `DecisionClassifier.decide`."""
        scores = torch.sigmoid(self.score(hidden))
        real = scores * mask[:, :, None]
        return real.sum(dim=1) / mask.sum(dim=1, keepdim=True), scores
