"""Patches of recordings that are worked on at once, embedded in one call of ONNX Runtime.

As many calls run at once as there are cores. Whoever comes while all are busy waits, and when a
call ends, its successor takes along what has gathered by then. So nobody waits for company: one
recording alone loses nothing, and a patch waits for no more than the calls before it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from earmark.audio import Source
from earmark.bundle import Bundle
from earmark.embedders import EMBEDDING_SIZE, Embedder
from earmark.features import PATCH_SECONDS
from earmark.processor import cores
from earmark.tagging import Options, Tag, Tagger, Tagging
from earmark.tagging.reading import Reading
from earmark.tagging.scoring import Scorer

__all__ = ["GatheringEmbedder", "GatheringTagger", "Hear"]

Hear = Callable[[tuple[Tag, ...], float, float], None]
_LIVE_BLOCK = 0.25
"""In seconds: no patch waits long for what follows it."""


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

    def follow(self, source: Source, options: Options, hear: Hear) -> Tagging:
        """Say what is to be heard in a recording while it comes, and all of it at the end.

        What is said at the end is what `annotate` says. What is said of each patch are the scores
        that events are made of, as far as they can be known then: of a classifier that looks at
        patches one by one they are these scores, and of one that looks around, those that it gives
        without what comes after.

        Parameters
        ----------
        source : Source
        options : Options
        hear : callable
            Is given the tags of each patch, where it begins in seconds, and how many seconds have
            been read.

        Raises
        ------
        AudioError, UsageError
            As `annotate`.
        """
        classifier = self._need_classifier()
        rule = options.pooling or self.bundle.config.pooling
        reading = Reading(
            source,
            start=options.start,
            short=options.short,
            first=self.bundle.config.max_patches if rule == "first" else None,
            block_seconds=_LIVE_BLOCK,
        )
        scorer = Scorer(classifier, self.bundle, rule=rule, options=options, start=reading.start)
        clip = np.zeros((1, self.bundle.config.max_patches, EMBEDDING_SIZE), np.uint8)
        for count, patch in enumerate(reading.patches(batch=1)):
            frames = self._embedder(patch)
            scorer.push(frames)
            at = count % clip.shape[1]
            clip[0, at] = frames[0]
            clip[0, at + 1 :] = 0
            _, scores = classifier(clip, np.arange(clip.shape[1])[None] <= at)
            begin = reading.start + count * PATCH_SECONDS
            hear(scorer.tags_of(scores[0, at]), begin, reading.seconds)
        scorer.finish(duration=reading.duration)
        return Tagging(
            source=source.name,
            duration=reading.duration,
            model=self.bundle.title,
            tags=scorer.tags(),
            events=scorer.events(),
            notes=reading.notes,
        )
