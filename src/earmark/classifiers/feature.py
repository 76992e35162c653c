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
from earmark.classifiers.base import ClipClassifier
from earmark.classifiers.dropping import RectifiedDropout
from earmark.classifiers.hidden import HiddenLayers
from earmark.classifiers.settings import AttentionSettings

__all__ = ["FeatureLevelAttention"]


class FeatureLevelAttention(ClipClassifier):
    """Attention to each hidden value by itself.

    Parameters
    ----------
    settings : AttentionSettings
        Its sizes.
    """

    def __init__(self, settings: AttentionSettings) -> None:
        super().__init__(settings)
        self.layers = HiddenLayers(settings)
        self.value = nn.Linear(settings.hidden, settings.hidden)
        self.attend = nn.Linear(settings.hidden, settings.hidden)
        self.normalise = nn.BatchNorm1d(settings.hidden, eps=settings.epsilon)
        self.rectify = RectifiedDropout(settings.dropout)
        self.output = nn.Linear(settings.hidden, settings.n_classes)

    def clip_logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips; see `ClipClassifier.clip_logits`."""
        return self._logits_and_values(embeddings, mask)[0]

    def logits(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score clips and patches; see `ClipClassifier.logits`."""
        of_clip, values = self._logits_and_values(embeddings, mask)
        # A patch by itself is its own average. It is no clip, and none of their statistics.
        of_patches = batch_norm(
            values.flatten(0, 1),
            self.normalise.running_mean,
            self.normalise.running_var,
            self.normalise.weight,
            self.normalise.bias,
            eps=self.normalise.eps,
        ).view_as(values)
        return of_clip, self._classify(of_patches)

    def _logits_and_values(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Score clips: float32 [clip, class], and what was averaged, [clip, time, unit]."""
        (hidden,) = self.layers(embeddings, mask, last=1)
        values, attention = self.value(hidden), torch.sigmoid(self.attend(hidden))
        average = average_over_time(values, attention, mask)
        return self._classify(self.normalise(average)), values

    def _classify(self, normal: Tensor) -> Tensor:
        logits: Tensor = self.output(self.rectify(normal))
        return logits
