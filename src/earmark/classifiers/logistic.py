"""Logistic regression on the mean of a clip: YouTube-8M's simplest two.

LogisticModel and FrameLevelLogisticModel of https://github.com/google/youtube-8m (in
``video_level_models.py`` and ``frame_level_models.py``), after Abu-El-Haija et al. 2016
(https://arxiv.org/abs/1609.08675). The first reads a mean that was stored and scales it to unit
length, the second scales every patch and averages them then. The paper's own frame-level logistic
regression is another one: it averages the scores of frames.
"""

from __future__ import annotations

from torch import Tensor

from earmark.classifiers.base import ClipClassifier
from earmark.classifiers.masking import mean_of_real
from earmark.classifiers.youtube8m import YouTube8mSettings, dense, scaled, weight_penalty

__all__ = ["FrameLevelLogistic", "Logistic"]


class Logistic(ClipClassifier):
    """A linear layer on the mean of the patches.

    Parameters
    ----------
    settings : YouTube8mSettings
        Its sizes.
    """

    settings: YouTube8mSettings

    def __init__(self, settings: YouTube8mSettings) -> None:
        super().__init__(settings)
        self.output = dense(settings.n_inputs, settings.n_classes)

    def clip_logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips; see `ClipClassifier.clip_logits`."""
        logits: Tensor = self.output(scaled(mean_of_real(embeddings, mask), self.settings))
        return logits

    def penalty(self) -> Tensor:
        """What is added to the loss; see `ClipClassifier.penalty`."""
        return weight_penalty(self.settings, self.output)


class FrameLevelLogistic(Logistic):
    """A linear layer on the mean of the patches, each of which is scaled to unit length.

    Parameters
    ----------
    settings : YouTube8mSettings
        Its sizes.
    """

    def clip_logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips; see `ClipClassifier.clip_logits`."""
        logits: Tensor = self.output(mean_of_real(scaled(embeddings, self.settings), mask))
        return logits
