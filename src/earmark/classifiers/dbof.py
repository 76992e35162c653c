"""A deep bag of frames: patches are compared with thousands of patterns, and their order is lost.

DbofModel of https://github.com/google/youtube-8m (``frame_level_models.py``), after Abu-El-Haija et
al. 2016 (https://arxiv.org/abs/1609.08675). Each patch goes to a wide layer of clusters; a clip
has of each cluster what its patches have at most (or on average), and a hidden layer and a mixture
of experts come after. All three layers are normalised over the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import relu6

from earmark.classifiers.base import ClipClassifier
from earmark.classifiers.masking import mean_of_real, put_back, real_rows
from earmark.classifiers.moe import Mixture, MoeSettings
from earmark.classifiers.settings import Size
from earmark.classifiers.youtube8m import scaled

__all__ = ["BagOfFrames", "DbofSettings"]

EPSILON = 1e-3
"""What TensorFlow's batch normalisation adds to the variance."""


@dataclass(frozen=True, kw_only=True)
class DbofSettings(MoeSettings):
    """A deep bag of frames, in YouTube-8M's sizes."""

    iterations: Annotated[int, Field(ge=0, le=300)] = 30
    """Patches of a clip that a step of training draws, each of which may be drawn again; 0 takes
    every patch once, which is a third of the work where clips have ten. Scoring takes them all."""
    n_clusters: Size = 8192
    """Units that a patch is compared with."""
    hidden: Size = 1024
    """Units of the hidden layer."""
    pooling: Literal["max", "average"] = "max"
    """What a clip has of a cluster: the most of its patches, or their mean."""
    activation: Literal["sigmoid", "relu6"] = "sigmoid"
    """What ends the clusters and the hidden layer; relu6 in YouTube-8M's first years."""


class BagOfFrames(ClipClassifier):
    """A deep bag of frames.

    Training draws patches at random. Scoring takes all of a clip's: thirty draws from ten patches
    leave out one in twenty-four, and scores that are never the same twice are of no use.

    Parameters
    ----------
    settings : DbofSettings
        Its sizes.
    """

    settings: DbofSettings

    def __init__(self, settings: DbofSettings) -> None:
        super().__init__(settings)
        n_inputs, n_clusters, n_hidden = settings.n_inputs, settings.n_clusters, settings.hidden
        self.normalise_input = nn.BatchNorm1d(n_inputs, eps=EPSILON)
        self.cluster = nn.Linear(n_inputs, n_clusters, bias=False)
        self.normalise_clusters = nn.BatchNorm1d(n_clusters, eps=EPSILON)
        self.hidden = nn.Linear(n_clusters, n_hidden, bias=False)
        self.normalise_hidden = nn.BatchNorm1d(n_hidden, eps=EPSILON)
        self.mixture = Mixture(n_hidden, settings)
        for layer in (self.cluster, self.hidden):
            nn.init.normal_(layer.weight, std=layer.in_features**-0.5)

    def clip_logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips; see `ClipClassifier.clip_logits`."""
        if self.training and self.settings.iterations:
            drawn = torch.multinomial(mask, self.settings.iterations, replacement=True)
            embeddings = embeddings.gather(1, drawn[:, :, None].expand(-1, -1, embeddings.shape[2]))
            mask = torch.ones_like(drawn, dtype=mask.dtype)
        pooled = self._pooled(scaled(embeddings, self.settings), mask)
        hidden = self._activated(self.normalise_hidden(self.hidden(pooled)))
        logits: Tensor = self.mixture(hidden)
        return logits

    def _pooled(self, frames: Tensor, mask: Tensor) -> Tensor:
        """What a clip has of each cluster: [clip, time, n_inputs] -> [clip, cluster]."""
        rows = frames.flatten(0, 1)
        real = real_rows(mask) if self.training else None  # nothing is learnt from padding
        if real is not None:
            rows = rows.index_select(0, real)
        rows = self.normalise_clusters(self.cluster(self.normalise_input(rows)))
        clusters = put_back(rows, real, like=mask, padding=-torch.inf)
        if self.settings.pooling == "average":
            return mean_of_real(self._activated(clusters), mask)
        if not self.training:
            clusters = clusters.masked_fill(mask[:, :, None] == 0, -torch.inf)
        # The activations rise everywhere, so that the highest may be looked for before them.
        return self._activated(clusters.amax(dim=1))

    def _activated(self, values: Tensor) -> Tensor:
        return torch.sigmoid(values) if self.settings.activation == "sigmoid" else relu6(values)

    def penalty(self) -> Tensor:
        """What is added to the loss; see `ClipClassifier.penalty`."""
        return self.mixture.penalty()
