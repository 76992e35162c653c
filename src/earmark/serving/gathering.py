"""Patches of recordings that are worked on at once, embedded in one call of ONNX Runtime.

As many calls run at once as there are cores. Whoever comes while all are busy waits, and when a
call ends, its successor takes along what has gathered by then. So nobody waits for company: one
recording alone loses nothing, and a patch waits for no more than the calls before it.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from earmark.bundle import Bundle
from earmark.embedders import Embedder
from earmark.processor import cores
from earmark.tagging import Tagger

__all__ = ["GatheringEmbedder", "GatheringTagger"]


@dataclass(frozen=True)
class _Part:
    """Patches of one recording while they wait."""

    patches: NDArray[np.float32]
    embedded: Future[NDArray[np.uint8]] = field(default_factory=Future)


class GatheringEmbedder(Embedder):
    """An embedder whose calls from many threads become few calls of the network.

    A patch's embedding depends on the patch alone, so each caller gets what it would get alone.

    Parameters
    ----------
    embedder : Embedder
        Whose network is used.
    most : int
        How many patches a call gathers; one caller's are never divided.
    calls : int, optional
        How many calls run at once; as many as there are cores if not given.
    """

    def __init__(self, embedder: Embedder, *, most: int, calls: int | None = None) -> None:
        self.identity = embedder.identity
        self._embedder = embedder
        self._most = most
        self._free = calls or cores()
        self._waiting: list[_Part] = []
        self._changed = threading.Condition()

    def __call__(self, patches: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Embed a batch of patches: float32 [n, 96, 64] -> uint8 [n, 128].

        Raises
        ------
        ModelError
            As `Embedder`.
        """
        own = _Part(patches)
        with self._changed:
            self._waiting.append(own)
        while parts := self._take(own):
            self._together(parts)
        return own.embedded.result()

    def _take(self, own: _Part) -> list[_Part]:
        """Wait for a free call and take what it is for; nothing once one's own part is done."""
        with self._changed:
            self._changed.wait_for(lambda: own.embedded.done() or (self._free and self._waiting))
            if own.embedded.done():
                return []
            self._free -= 1
            parts = [self._waiting.pop(0)]
            size = len(parts[0].patches)
            while self._waiting and size + len(self._waiting[0].patches) <= self._most:
                parts.append(self._waiting.pop(0))
                size += len(parts[-1].patches)
            return parts

    def _together(self, parts: list[_Part]) -> None:
        """Embed the parts in one call, and give each its own."""
        try:
            alone = len(parts) == 1
            patches = parts[0].patches if alone else np.concatenate([p.patches for p in parts])
            frames = self._embedder(patches)
            ends = np.cumsum([len(part.patches) for part in parts])
            for part, own in zip(parts, np.split(frames, ends[:-1]), strict=True):
                part.embedded.set_result(own)
        except BaseException as error:
            for part in parts:
                part.embedded.set_exception(error)
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()


class GatheringTagger(Tagger):
    """A tagger for many threads, which embed together.

    Parameters
    ----------
    bundle : Bundle
        The tagger on disk.
    most : int
        As for `GatheringEmbedder`.
    """

    def __init__(self, bundle: Bundle, *, most: int) -> None:
        # A thread has one recording: its decoding is beside other recordings' inference.
        super().__init__(bundle, threads=1, read_ahead=False)
        self._embedder = GatheringEmbedder(self._embedder, most=most)
