"""Decision-level pooling: score every patch, then take each class's highest or mean score.

What attention is measured against: the highest after Choi et al. 2016
(https://arxiv.org/abs/1606.00298), the mean after Lin et al. 2013
(https://arxiv.org/abs/1312.4400).
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from earmark.classifiers.config import AttentionConfig
from earmark.classifiers.hidden import HiddenLayers

__all__ = ["DecisionPooling"]


class DecisionPooling(nn.Module):
    """Clips of up to ten embeddings to scores, of the clip and of each patch.

    Parameters
    ----------
    config : AttentionConfig
        Its sizes.
    how : {"max", "average"}
        Whether a clip scores as the patch in which a class is clearest, or as the mean of all.
    """

    def __init__(self, config: AttentionConfig, *, how: Literal["max", "average"]) -> None:
        super().__init__()
        self.how = how
        self.layers = HiddenLayers(config)
        self.score = nn.Linear(config.hidden, config.n_classes)

    def forward(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Scores in (0, 1), of clips and of patches; see ``MultiLevelAttention.logits``."""
        scores = torch.sigmoid(self.score(self.layers(embeddings, mask)[-1]))
        real = scores * mask[:, :, None]  # padding scores 0, which is the highest of none
        if self.how == "max":
            return real.amax(dim=1), scores
        return real.sum(dim=1) / mask.sum(dim=1, keepdim=True), scores
