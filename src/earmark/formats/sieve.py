"""Clips as a file has them -> a chunk of a set, without those that are damaged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from earmark.embedders.identity import Identity
from earmark.errors import DataError
from earmark.formats.embedding_set import CLIP_FRAMES, Damage, EmbeddingSet, Labels, OnDamage
from earmark.ontology import Label

__all__ = ["Sieve"]


class Sieve:
    """Remembers which of some clips are damaged, and tells of each.

    Parameters
    ----------
    path : str
        The file that they are in.
    first, count : int
        The number in the file of the first of them, and how many there are.
    on_damage : callable or None
        Is told of damage; if None, the first one is an error.
    """

    def __init__(self, path: str, first: int, count: int, on_damage: OnDamage | None) -> None:
        self.path = path
        self.first = first
        self.good: NDArray[np.bool_] = np.ones(count, np.bool_)
        self._on_damage = on_damage

    def tell(self, reason: str, *, offset: int | None = None) -> None:
        """Tell of damage.

        Raises
        ------
        DataError
            If nobody wants to be told.
        """
        damage = Damage(self.path, offset, reason)
        if self._on_damage is None:
            raise DataError(str(damage))
        self._on_damage(damage)

    def drop(self, wrong: NDArray[np.bool_], reason: str) -> None:
        """Leave clips out, bool [count], and tell of those that were not left out before."""
        for row in np.flatnonzero(wrong & self.good).tolist():
            self.good[row] = False
            self.tell(f"clip {self.first + row} {reason}")

    def labels(self, values: NDArray[np.int32], counts: NDArray[np.integer]) -> Labels:
        """Make labels of all of them end to end, and how many each clip has: int [count]."""
        clips = np.repeat(np.arange(len(self.good)), counts)
        negative = np.zeros(len(self.good), np.bool_)
        negative[clips[values < 0]] = True
        self.drop(negative, "has a label that is no number from 0 up")
        return Labels.from_counts(values[~negative[clips]], np.where(negative, 0, counts))

    def assemble(
        self,
        *,
        frames: NDArray[np.uint8],
        lengths: NDArray[np.integer],
        ids: Sequence[str],
        starts: NDArray[np.float64],
        ends: NDArray[np.float64],
        labels: Labels,
        table: tuple[Label, ...],
        identity: Identity,
    ) -> EmbeddingSet:
        """Make a set of the clips that are not damaged.

        Frames beyond a clip's length become zero.
        """
        wrong = (lengths < 1) | (lengths > CLIP_FRAMES)
        self.drop(wrong, f"has a length that is not 1 to {CLIP_FRAMES}")
        if table and labels.values.max(initial=0) >= len(table):
            clips = np.repeat(np.arange(len(labels)), labels.counts)
            unknown = np.zeros(len(labels), np.bool_)
            unknown[clips[labels.values >= len(table)]] = True
            self.drop(unknown, f"has a label beyond the {len(table)} there are")
        kept = np.flatnonzero(self.good)
        beyond = np.arange(CLIP_FRAMES) >= lengths[kept, None]
        return EmbeddingSet(
            frames=np.where(beyond[:, :, None], np.uint8(0), frames[kept]),
            lengths=lengths[kept].astype(np.uint8),
            ids=tuple(ids[row] for row in kept.tolist()),
            starts=starts[kept].astype(np.float64),
            ends=ends[kept].astype(np.float64),
            labels=labels.take(kept),
            table=table,
            identity=identity,
        )
