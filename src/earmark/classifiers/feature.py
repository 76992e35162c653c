"""Feature-level attention: hidden values are weighted over time, and the classes come after.

After Kong et al. 2019 (https://arxiv.org/abs/1903.00765), as its authors' Keras code has it: values
are linear, attention is a sigmoid for each of them (and no softmax), clipped and then normalised
over time; batch normalisation, ReLU and dropout follow before the classes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm

from earmark.classifiers.attention import average_over_time
from earmark.classifiers.config import AttentionConfig
from earmark.classifiers.hidden import HiddenLayers

__all__ = ["FeatureLevelAttention"]


class FeatureLevelAttention(nn.Module):
    """Clips of up to ten embeddings to scores, of the clip and of each patch.

    Parameters
    ----------
    config : AttentionConfig
        Its sizes.
    """

    def __init__(self, config: AttentionConfig) -> None:
        super().__init__()
        self.layers = HiddenLayers(config)
        self.value = nn.Linear(config.hidden, config.hidden)
        self.attend = nn.Linear(config.hidden, config.hidden)
        self.normalise = nn.BatchNorm1d(config.hidden, eps=config.epsilon)
        self.dropout = nn.Dropout(config.dropout)
        self.output = nn.Linear(config.hidden, config.n_classes)

    def logits(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Scores before the last sigmoid; see ``MultiLevelAttention.logits``."""
        hidden = self.layers(embeddings, mask)[-1]
        values, attention = self.value(hidden), torch.sigmoid(self.attend(hidden))
        of_clip = self.normalise(average_over_time(values, attention, mask))
        # A patch by itself is its own average. It is no clip, and none of their statistics.
        of_patches = batch_norm(
            values.flatten(0, 1),
            self.normalise.running_mean,
            self.normalise.running_var,
            self.normalise.weight,
            self.normalise.bias,
            eps=self.normalise.eps,
        ).view_as(values)
        return self._classify(of_clip), self._classify(of_patches)

    def forward(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Scores in (0, 1), of clips and of patches; see ``MultiLevelAttention.logits``."""
        of_clip, of_patches = self.logits(embeddings, mask)
        return torch.sigmoid(of_clip), torch.sigmoid(of_patches)

    def _classify(self, normal: Tensor) -> Tensor:
        logits: Tensor = self.output(self.dropout(torch.relu(normal)))
        return logits
