"""Embeddings -> clips: ten at a time, and what happens where fewer than ten are left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.bundle import Pooling

__all__ = ["Clipper", "Clips"]


@dataclass(frozen=True, slots=True)
class Clips:
    """A few clips, ready for the classifier."""

    frames: NDArray[np.uint8]
    """uint8 [clips, patches, 128]"""
    mask: NDArray[np.bool_]
    """bool [clips, patches]: where the classifier is to look."""
    real: NDArray[np.intp]
    """int [clips]: how many patches at a clip's front stand in the recording where they stand here.
    The others were repeated to fill the clip, or are nothing."""

    def __len__(self) -> int:
        """Count the clips."""
        return len(self.frames)


class Clipper:
    """Cuts a recording's embeddings into clips as they come, in constant memory.

    * ``mean`` and ``max`` take every ten, and mask what the last clip lacks.
    * ``loop`` takes every ten, and fills the last clip from the recording's beginning.
    * ``first`` takes the first ten only; if there are fewer, they are repeated until there are ten.

    Parameters
    ----------
    rule : {"mean", "max", "first", "loop"}
    size : int
        Patches in a clip.
    """

    def __init__(self, rule: Pooling, *, size: int) -> None:
        self._rule = rule
        self._size = size
        self._rest: NDArray[np.uint8] | None = None
        self._head: NDArray[np.uint8] | None = None
        self._done = False

    def push(self, frames: NDArray[np.uint8]) -> Clips:
        """Take the next embeddings and give the clips that are full now.

        Parameters
        ----------
        frames : uint8 [n, 128]
        """
        rest = frames if self._rest is None else np.concatenate([self._rest, frames])
        if self._head is None or len(self._head) < self._size:
            known = frames if self._head is None else np.concatenate([self._head, frames])
            self._head = known[: self._size].copy()
        count = len(rest) // self._size
        if self._rule == "first":
            count = 0 if self._done else min(count, 1)
            self._done = self._done or count == 1
        full = rest[: count * self._size].reshape(count, self._size, frames.shape[1])
        self._rest = rest[:0] if self._done else rest[count * self._size :]
        return Clips(
            frames=full,
            mask=np.ones(full.shape[:2], np.bool_),
            real=np.full(count, self._size, np.intp),
        )

    def finish(self) -> Clips | None:
        """Give the last clip, if anything is left for it."""
        if self._rest is None or self._head is None or not len(self._rest):
            return None
        left = len(self._rest)
        clip = np.zeros((1, self._size, self._rest.shape[1]), np.uint8)
        clip[0, :left] = self._rest
        mask = np.arange(self._size)[None] < left
        if self._rule in ("first", "loop"):
            # A recording shorter than a clip goes round and round.
            clip[0, left:] = self._head[np.arange(self._size - left) % len(self._head)]
            mask = np.ones_like(mask)
        return Clips(frames=clip, mask=mask, real=np.array([left], np.intp))
