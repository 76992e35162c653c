"""Refits an embedder's last layer to a person's own sounds; all that is before it stays.

The last layer of ``compact`` makes 128 numbers of 1536 inner features, and chose them for all
sounds alike. Here the first of the new 128 are directions of the inner features that tell the
person's classes apart; the others are what spreads most, among the person's clips, of the numbers
that the layer made before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from earmark.embedders import EMBEDDING_SIZE
from earmark.embedders.compact import Compact
from earmark.errors import DataError
from earmark.training.embedders.directions import Directions, discriminants, principal
from earmark.training.embedders.examples import Example, memberships
from earmark.training.embedders.settings import RefitSettings

__all__ = ["OfInner", "refit"]

_AT_ONCE = 32
_LEAST = 1e-12
_DEFAULTS = RefitSettings()


class OfInner:
    """What the last layer of an embedder reads: patches to float16 [n, 1536].

    Parameters
    ----------
    network : Compact
    key : str
        A text that says which network it is.
    """

    def __init__(self, network: Compact, *, key: str) -> None:
        self._network = network
        self.key = f"inner features {key}"

    def __call__(self, patches: NDArray[np.float32]) -> NDArray[np.float16]:
        """Compute the inner features of a batch of patches: float32 [n, 96, 64]."""
        with torch.inference_mode():
            pieces = [
                self._network.inner(torch.from_numpy(patches[at : at + _AT_ONCE])).half().numpy()
                for at in range(0, len(patches), _AT_ONCE)
            ]
        return np.concatenate([np.empty((0, self._network.n_inner), np.float16), *pieces])


def refit(
    network: Compact,
    examples: Sequence[Example],
    *,
    n_classes: int,
    settings: RefitSettings = _DEFAULTS,
) -> None:
    """Replace the last layer of an embedder, in place.

    Parameters
    ----------
    network : Compact
    examples : sequence of Example
        The inner features of all there is to learn from, as `OfInner` makes them.
    n_classes : int
        How many classes there are.
    settings : RefitSettings

    Raises
    ------
    DataError
        If there are fewer than two classes with an example, background among them.
    """
    if not examples:
        raise DataError("there is nothing to refit the embedder to: no clips to learn from")
    means = np.stack([each.frames.mean(axis=(0, 1), dtype=np.float64) for each in examples])
    patches = np.concatenate([each.frames.reshape(-1, means.shape[1]) for each in examples])
    of = memberships(examples, n_classes=n_classes)
    apart = discriminants(means, of, shrinkage=settings.shrinkage, widest=settings.widest)
    apart = apart.first(settings.directions)
    before = _before(network, patches, count=EMBEDDING_SIZE - len(apart))
    # Half-way, in decibels, between all alike and as they were before: what spread little is told
    # less well from chance, and what spread much is squashed.
    spreads = np.sqrt(before.weights)
    _set(
        network,
        np.concatenate([apart.matrix, before.matrix], axis=1),
        patches,
        spreads=np.concatenate([np.ones(len(apart)), spreads]),
    )


def _before(network: Compact, patches: NDArray[np.float16], *, count: int) -> Directions:
    """What spreads most of what the layer made before, of the inner features."""
    eps = network.normalise.eps
    variance = network.normalise.running_var
    assert variance is not None  # or it would not be batch normalisation
    scale = 1 / np.sqrt(variance.double().numpy() + eps)
    matrix = network.embed.weight.detach().double().numpy().T * scale
    axes = principal(_times(patches, matrix)).first(count)
    return Directions(matrix @ axes.matrix, axes.weights)


def _set(
    network: Compact,
    matrix: NDArray[np.float64],
    patches: NDArray[np.float16],
    *,
    spreads: NDArray[np.float64],
) -> None:
    """Have the last layer compute these directions, each spread so much over the patches."""
    made = _times(patches, matrix)
    scale = spreads / np.sqrt(made.var(axis=0) + _LEAST)
    weight = np.zeros((EMBEDDING_SIZE, len(matrix)))
    weight[: len(scale)] = (matrix * scale).T
    mean = np.zeros(EMBEDDING_SIZE)
    mean[: len(scale)] = made.mean(axis=0) * scale
    network.embed.weight.copy_(torch.from_numpy(weight).float())
    normal = network.normalise
    assert normal.running_mean is not None
    assert normal.running_var is not None
    normal.running_mean.copy_(torch.from_numpy(mean).float())
    normal.running_var.fill_(1.0)


def _times(patches: NDArray[np.float16], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """A product, some rows at a time, as float16 is for keeping and not for computing."""
    rows = 4096
    pieces = [
        patches[at : at + rows].astype(np.float64) @ matrix for at in range(0, len(patches), rows)
    ]
    return np.concatenate(pieces)
