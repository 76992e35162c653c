"""A mixture of experts for each class: several logistic regressions, and a gate that weighs them.

MoeModel of https://github.com/google/youtube-8m (``video_level_models.py``), after Jordan and
Jacobs 1994 (https://doi.org/10.1162/neco.1994.6.2.181) and Abu-El-Haija et al. 2016
(https://arxiv.org/abs/1609.08675). One expert more is never trained: it always says no, and the
gate may turn to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from earmark.classifiers.base import ClipClassifier
from earmark.classifiers.masking import mean_of_real
from earmark.classifiers.settings import Size
from earmark.classifiers.youtube8m import YouTube8mSettings, dense, scaled, weight_penalty

__all__ = ["Mixture", "MixtureOfExperts", "MoeSettings"]


@dataclass(frozen=True, kw_only=True)
class MoeSettings(YouTube8mSettings):
    """A mixture of experts, in YouTube-8M's sizes."""

    n_mixtures: Size = 2
    """Experts for each class, beside the one that always says no."""


class Mixture(nn.Module):
    """Experts for each class, and their gates: the last part of several classifiers.

    Parameters
    ----------
    n_in : int
        Numbers that it reads of a clip.
    settings : MoeSettings
        Its sizes.
    """

    def __init__(self, n_in: int, settings: MoeSettings) -> None:
        super().__init__()
        self.settings = settings
        n_classes, n_mixtures = settings.n_classes, settings.n_mixtures
        self.gates = dense(n_in, n_classes * (n_mixtures + 1), bias=False)
        self.experts = dense(n_in, n_classes * n_mixtures)

    def forward(self, values: Tensor) -> Tensor:
        """Score: float32 [clip, n_in] -> logits [clip, class].

        A class's score is the mean of its experts' sigmoids, weighted by a softmax of its gates.
        Its logit is the difference of the logarithms of score and 1 - score, each the logarithm of
        a sum of exponentials: nothing is lost where the score is close to 0 or 1, and what the
        softmax divides by cancels out.
        """
        n_classes, n_mixtures = self.settings.n_classes, self.settings.n_mixtures
        gates = self.gates(values).view(-1, n_mixtures + 1, n_classes)
        gates, nobody = gates.split([n_mixtures, 1], dim=1)  # who says no for certain
        experts = self.experts(values).view(-1, n_mixtures, n_classes)
        yes = logsigmoid(experts)
        no = yes - experts  # log(1 - sigmoid)
        log_score = torch.logsumexp(gates + yes, dim=1)
        log_rest = torch.logaddexp(torch.logsumexp(gates + no, dim=1), nobody[:, 0])
        return log_score - log_rest

    def penalty(self) -> Tensor:
        """What is added to the loss; see `ClipClassifier.penalty`."""
        return weight_penalty(self.settings, self.gates, self.experts)


class MixtureOfExperts(ClipClassifier):
    """A mixture of experts on the mean of the patches.

    Parameters
    ----------
    settings : MoeSettings
        Its sizes.
    """

    def __init__(self, settings: MoeSettings) -> None:
        super().__init__(settings)
        self.mixture = Mixture(settings.n_inputs, settings)

    def clip_logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips; see `ClipClassifier.clip_logits`."""
        mean = scaled(mean_of_real(embeddings, mask), self.mixture.settings)
        logits: Tensor = self.mixture(mean)
        return logits

    def penalty(self) -> Tensor:
        """What is added to the loss; see `ClipClassifier.penalty`."""
        return self.mixture.penalty()
