"""Clips that are made up: each class has a direction of its own, which its clips lean towards."""

from __future__ import annotations

import numpy as np

from earmark.embedders.identity import AUDIOSET, Identity
from earmark.embedders.quantise import quantise
from earmark.formats import EmbeddingSet, Labels
from earmark.formats.embedding_set import mask
from earmark.ontology import Label

__all__ = ["some_clips", "table_of"]


def table_of(classes: int) -> tuple[Label, ...]:
    """Return a label table."""
    return tuple(Label(index, f"/t/{index}", f"sound {index}") for index in range(classes))


def some_clips(
    count: int = 60,
    *,
    classes: int = 5,
    seed: int = 0,
    spread: float = 0.3,
    exclusive: bool = False,
    identity: Identity = AUDIOSET,
) -> EmbeddingSet:
    """Make clips whose classes can be told apart.

    Parameters
    ----------
    count : int
    classes : int
        The first is in every clip's reach; the others in turn.
    seed : int
        Others, of the same classes.
    spread : float
        How far frames are from their class.
    exclusive : bool
        Whether each clip has one class alone.
    identity : Identity
    """
    directions = np.random.default_rng(99).choice([-0.6, 0.6], (classes, 128))
    rng = np.random.default_rng(seed)
    first = np.arange(count) % classes
    second = np.where(rng.random(count) < 0.3, (first + 1) % classes, first)
    if exclusive:
        second = first
    lengths = np.where(rng.random(count) < 0.8, 10, rng.integers(1, 10, count)).astype(np.uint8)
    centres = (directions[first] + directions[second]) / 2
    frames = quantise(
        (centres[:, None] + rng.normal(0, spread, (count, 10, 128))).astype(np.float32)
    )
    frames[~mask(lengths)] = 0
    labels = [sorted({int(a), int(b)}) for a, b in zip(first, second, strict=True)]
    return EmbeddingSet(
        frames=frames,
        lengths=lengths,
        ids=tuple(f"clip-{seed}-{number}" for number in range(count)),
        starts=np.zeros(count),
        ends=np.full(count, 10.0),
        labels=Labels.of(labels),
        table=table_of(classes),
        identity=identity,
    )
