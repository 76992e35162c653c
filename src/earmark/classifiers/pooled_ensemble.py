"""Our own: what frames say is pooled in several ways, and an ensemble of small networks scores it.

One layer looks at each patch. What it finds is pooled over time: as mean, as maximum, and as means
weighted by attention, a softmax over time for each of some heads (here, unlike in Kong's models,
over time). Networks side by side score the vector that this makes of a clip, each with random
weights and dropout of its own and each learning by itself, and their scores are averaged, as those
of deep ensembles are (Lakshminarayanan et al. 2017, https://arxiv.org/abs/1612.01474), at a part of
the cost: a clip's patches are looked at once, and the rest is computed once for a clip and not for
each of its ten patches.

One more network may score patch by patch. By itself it is worse than they are, and yet the average
gains more by it than by another one of them, and what it makes the first layer learn serves them,
too.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import normalize

from earmark.classifiers.base import ClipClassifier
from earmark.classifiers.dropping import RectifiedDropout
from earmark.classifiers.masking import mean_of_real, put_back, real_rows
from earmark.classifiers.patchwise import PatchwiseNetwork
from earmark.classifiers.settings import ClassifierSettings, Size

__all__ = ["PooledEnsemble", "PooledEnsembleSettings"]

LENGTH = 5.0
"""Where patches are scaled to one length: about that of AudioSet's, so that the layer begins with
as much of the one as of the other."""
FLOOR = 1e-7
"""Scores are kept this far from 0 and 1 where their logits are asked for."""

Share = Annotated[float, Field(ge=0, lt=1)]
NoneOrMore = Annotated[int, Field(ge=0, le=2**20)]


@dataclass(frozen=True, kw_only=True)
class PooledEnsembleSettings(ClassifierSettings):
    """Sizes for a set like AudioSet's balanced one, whose recipe has more and smaller networks."""

    frame_units: Size = 512
    """Units of the layer that looks at each patch."""
    unit_length: bool = False
    """Whether this layer sees each patch scaled to one length, too: what is heard, apart from how
    much of it."""
    heads: Size = 8
    """How many means over time have an attention of their own; they share the units."""
    networks: Size = 4
    """How many networks score what was pooled, side by side."""
    hidden: Size = 1024
    """Units of a hidden layer of each."""
    n_layers: Size = 2
    """Hidden layers of each."""
    frame_dropout: Share = 0.1
    """Share of a patch's units that each step of training leaves out."""
    dropout: Share = 0.5
    """Share of a hidden layer's outputs that each step of training leaves out."""
    patch_hidden: NoneOrMore = 0
    """Units of a hidden layer of a network that scores patch by patch; 0 for no such network."""
    patch_layers: Size = 2
    """Hidden layers of that network."""
    patch_dropout: Share = 0.3
    """Share of such a layer's outputs that each step of training leaves out."""
    patch_share: Annotated[float, Field(gt=0, lt=1)] = 0.25
    """How much of a clip's score is that network's; the others share the rest."""
    epsilon: Annotated[float, Field(gt=0, le=1)] = 1e-5
    """Added to the variance by batch normalisation."""

    def __post_init__(self) -> None:
        if self.frame_units % self.heads:
            raise ValueError(
                f"frame_units is {self.frame_units}, and cannot be shared by {self.heads} heads"
            )


class PooledEnsemble(ClipClassifier):
    """Several networks side by side on what was pooled over time.

    Parameters
    ----------
    settings : PooledEnsembleSettings
        Its sizes.
    """

    def __init__(self, settings: PooledEnsembleSettings) -> None:
        super().__init__(settings)
        units, epsilon = settings.frame_units, settings.epsilon
        self.networks, self.heads = settings.networks, settings.heads
        self.unit_length = settings.unit_length
        self.frame = nn.Linear(settings.n_inputs * (2 if settings.unit_length else 1), units)
        self.frame_normalise = nn.BatchNorm1d(units, eps=epsilon)
        self.frame_rectify = RectifiedDropout(settings.frame_dropout)
        self.attend = nn.Linear(units, settings.heads)
        self.normalise = nn.BatchNorm1d(3 * units, eps=epsilon)
        sizes = [3 * units] + [settings.hidden] * settings.n_layers
        self.hidden = nn.ModuleList(
            _Hidden(n_in, n_out, settings) for n_in, n_out in pairwise(sizes)
        )
        self.output = _Output(settings.networks, sizes[-1], settings.n_classes)
        self.patch_share = settings.patch_share
        self.patchwise = _patchwise(settings) if settings.patch_hidden else None

    def clip_logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips by the mean score of all networks; see `ClipClassifier.clip_logits`."""
        each = self._each(embeddings, mask)
        scores = torch.softmax(each, dim=-1) if self.exclusive else torch.sigmoid(each)
        mean = scores[: self.networks].mean(dim=0)
        if self.patchwise is not None:
            mean = torch.lerp(mean, scores[-1], self.patch_share)
        return mean.clamp_min(FLOOR).log() if self.exclusive else torch.logit(mean, FLOOR)

    def training_logits(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips by each network: float32 [network * clip, class]."""
        return self._each(embeddings, mask).flatten(0, 1)

    def _look(self, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor | None]:
        """Look at each patch: float32 [clip, time, n_inputs] -> [row, unit], and which those are.

        In training rows are the real patches alone: padding is no part of their statistics.
        """
        rows = embeddings.flatten(0, 1)
        real = real_rows(mask) if self.training else None
        if real is not None:
            rows = rows.index_select(0, real)
        if self.unit_length:
            rows = torch.cat([rows, LENGTH * normalize(rows, dim=1)], dim=1)
        return self.frame_rectify(self.frame_normalise(self.frame(rows))), real

    def _pool(self, units: Tensor, mask: Tensor) -> Tensor:
        """Pool clips over time: float32 [clip, time, unit], none below 0 -> [clip, 3 * unit].

        Mean, maximum and attended means.
        """
        there = mask[:, :, None]
        mean, highest = mean_of_real(units, mask), (units * there).amax(dim=1)
        return torch.cat([mean, highest, self._attended(units, there)], dim=1)

    def _attended(self, units: Tensor, there: Tensor) -> Tensor:
        """Average over time, each head its part of the units: float32 [clip, unit]."""
        logits = self.attend(units).masked_fill(there == 0, -torch.inf)  # (clip, time, head)
        weights = torch.softmax(logits, dim=1)
        parts = units.view(*logits.shape, -1)  # (clip, time, head, unit of the head)
        attended: Tensor = (parts * weights[:, :, :, None]).sum(dim=1)
        return attended.flatten(1)

    def _each(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        """Score clips by each network, the patchwise one last: float32 [network, clip, class]."""
        rows, real = self._look(embeddings, mask)
        pooled = self.normalise(self._pool(put_back(rows, real, like=mask), mask))
        hidden = pooled.expand(self.networks, -1, -1)
        for at, layer in enumerate(self.hidden):
            found = layer(hidden)
            hidden = hidden + found if at else found
        scored: Tensor = self.output(hidden)
        if self.patchwise is None:
            return scored
        return torch.cat([scored, self.patchwise(rows, real, mask)[None]])


def _patchwise(settings: PooledEnsembleSettings) -> PatchwiseNetwork:
    return PatchwiseNetwork(
        n_in=settings.frame_units,
        hidden=settings.patch_hidden,
        n_layers=settings.patch_layers,
        n_classes=settings.n_classes,
        dropout=settings.patch_dropout,
        epsilon=settings.epsilon,
    )


class _SideBySide(nn.Module):
    """As many dense layers as there are networks, computed together."""

    def __init__(self, networks: int, n_in: int, n_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(_random(networks, n_out, n_in, n_in=n_in))
        self.bias = nn.Parameter(_random(networks, 1, n_out, n_in=n_in))

    def forward(self, values: Tensor) -> Tensor:
        """float32 [network, clip, n_in] -> [network, clip, n_out]."""
        return torch.baddbmm(self.bias, values, self.weight.transpose(1, 2))


class _Output(nn.Module):
    """The last layer of each network. Its first axis is that of classes, as in all classifiers."""

    def __init__(self, networks: int, n_in: int, n_classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(_random(n_classes, networks, n_in, n_in=n_in))
        self.bias = nn.Parameter(_random(n_classes, networks, n_in=n_in))

    def forward(self, values: Tensor) -> Tensor:
        """float32 [network, clip, n_in] -> [network, clip, class]."""
        return torch.baddbmm(self.bias.T[:, None], values, self.weight.permute(1, 2, 0))


def _random(*shape: int, n_in: int) -> Tensor:
    """Weights as PyTorch's own dense layers begin with them."""
    bound = n_in**-0.5
    return torch.empty(shape).uniform_(-bound, bound)


class _Hidden(nn.Module):
    """Dense, batch normalisation, ReLU and dropout, for each network by itself."""

    def __init__(self, n_in: int, n_out: int, settings: PooledEnsembleSettings) -> None:
        super().__init__()
        self.linear = _SideBySide(settings.networks, n_in, n_out)
        self.normalise = nn.BatchNorm1d(settings.networks * n_out, eps=settings.epsilon)
        self.rectify = RectifiedDropout(settings.dropout)

    def forward(self, values: Tensor) -> Tensor:
        """float32 [network, clip, n_in] -> [network, clip, n_out]."""
        linear = self.linear(values).transpose(0, 1)  # (clip, network, unit)
        normal = self.normalise(linear.flatten(1)).view_as(linear).transpose(0, 1)
        kept: Tensor = self.rectify(normal)
        return kept
