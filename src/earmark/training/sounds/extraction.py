"""Recordings -> what a network makes of their patches: in parallel, and each only once."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark import __version__, features
from earmark.audio import Skipped, Source
from earmark.processor import cores
from earmark.tagging import process
from earmark.tagging.reading import Reading, ahead
from earmark.training.sounds.altering import Altered, Stretches
from earmark.training.sounds.cache import Cache
from earmark.training.sounds.embedding import Extractor
from earmark.training.sounds.recordings import Recording
from earmark.training.sounds.watching import Silent, Watcher
from earmark.training.sounds.windows import Window

__all__ = ["Extracted", "extract"]

_BATCH = 8
Heard = Callable[[float, float | None], None]


@dataclass(frozen=True, eq=False)
class Extracted:
    """What was made of a recording."""

    frames: NDArray[Any]
    """[copies, patches, ...]: one copy if it was read as it is."""
    duration: float
    """Of the recording, in seconds."""
    notes: tuple[str, ...] = ()
    """What was wrong with it though it could be read."""

    def part(self, window: Window) -> NDArray[Any]:
        """Return what was made of a window's patches: [copies, patches, ...]."""
        return self.frames[:, window.first : window.first + window.count]

    def pack(self) -> bytes:
        """Write it to keep it."""
        file = io.BytesIO()
        head = json.dumps({"duration": self.duration, "notes": self.notes})
        file.write(head.encode() + b"\n")
        np.lib.format.write_array(file, self.frames, allow_pickle=False)
        return file.getvalue()

    @classmethod
    def unpack(cls, data: bytes) -> Extracted:
        """Read what `pack` wrote.

        Raises
        ------
        ValueError
            If it is something else.
        """
        file = io.BytesIO(data)
        head = json.loads(file.readline())
        frames = np.lib.format.read_array(file, allow_pickle=False)
        return cls(frames, float(head["duration"]), tuple(head["notes"]))


def extract(
    recordings: Sequence[Recording],
    make: Callable[[int], Extractor],
    *,
    cache: Cache | None = None,
    jobs: int | None = None,
    altered: Altered | None = None,
    watcher: Watcher | None = None,
) -> dict[str, Extracted]:
    """Compute something of the patches of recordings: the same patches that the tagger looks at.

    Parameters
    ----------
    recordings : sequence of Recording
    make : callable
        Makes the extractor, given how many threads each call may use.
    cache : Cache, optional
        Where results are kept, as they come, and found again.
    jobs : int, optional
        How many recordings to read at once; as many as there are cores if not given.
    altered : Altered, optional
        Altered copies of the recordings instead of them as they are.
    watcher : Watcher, optional
        Is told of each recording, and of those that cannot be read.

    Returns
    -------
    dict of str to Extracted
        By the recordings' digests; those that cannot be read are missing.

    Raises
    ------
    ModelError
        If the network does not do what it should.
    UsageError
        If an alteration changes the length of what it alters.
    """
    watcher = watcher or Silent()
    jobs = max(1, min(jobs or cores(), len(recordings)))
    work = _Work(make(max(1, cores() // jobs)), cache, altered, alone=jobs == 1)
    watcher.begin(len(recordings))
    found: dict[str, Extracted] = {}
    for recording, result in _each(recordings, work, jobs=jobs, watcher=watcher):
        if isinstance(result, Skipped):
            watcher.skipped(result)
        else:
            found[recording.digest] = result
        watcher.done(recording.name)
    if cache is not None:
        cache.trim()
        if cache.trouble is not None:
            watcher.note(f"embeddings are not kept for the next time: {cache.trouble}")
    return found


def _each(
    recordings: Sequence[Recording], work: _Work, *, jobs: int, watcher: Watcher
) -> Iterator[tuple[Recording, Extracted | Skipped]]:
    """Do the work, the longest first, so that it is not left for the end; give what is done."""
    stop = threading.Event()

    def heard(source: Source, seconds: float, length: float | None) -> None:
        if stop.is_set():
            raise _StoppedError
        watcher.heard(source.name, seconds, length)

    def one(recording: Recording) -> Extracted | Skipped:
        source = Source.of(recording.path, name=recording.name)
        return next(process([source], functools.partial(work, recording), listener=heard))

    with ThreadPoolExecutor(jobs, thread_name_prefix="earmark-sounds") as pool:
        longest_first = sorted(recordings, key=lambda each: -_bytes(each.path))
        futures = {pool.submit(one, each): each for each in longest_first}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            stop.set()
            for future in futures:
                future.cancel()


class _StoppedError(BaseException):
    """The run is over; the recording at hand is left where it is."""


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


@dataclass(frozen=True)
class _Work:
    """What is done with each recording."""

    extractor: Extractor
    cache: Cache | None
    altered: Altered | None
    alone: bool
    """Whether no other recording is read at the same time, so that reading ahead pays."""

    def __call__(self, recording: Recording, source: Source, heard: Heard) -> Extracted:
        key = self._key(recording)
        known = None if self.cache is None else self.cache.get(key)
        if known is not None:
            try:
                return Extracted.unpack(known)
            except (ValueError, KeyError, TypeError, EOFError):
                pass  # not as it should be: computed once more
        if self.altered is None:
            extracted = self._as_it_is(source, heard)
        else:
            extracted = self._altered(recording, source, heard, self.altered)
        if self.cache is not None:
            self.cache.put(key, extracted.pack())
        return extracted

    def _key(self, recording: Recording) -> str:
        parts = [__version__, self.extractor.key, recording.digest, "loop"]
        if self.altered is not None:
            parts.append(self.altered.key)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _as_it_is(self, source: Source, heard: Heard) -> Extracted:
        reading = Reading(source)
        pieces = []
        patches = reading.patches(batch=_BATCH)
        with closing(ahead(patches) if self.alone else patches) as batches:
            for batch in batches:
                pieces.append(self.extractor(batch))
                heard(reading.seconds, reading.expected)
        return Extracted(np.concatenate(pieces)[None], reading.duration, reading.notes)

    def _altered(
        self, recording: Recording, source: Source, heard: Heard, altered: Altered
    ) -> Extracted:
        pieces = []
        reading = Stretches(source)
        for index, waveform in enumerate(reading):
            made = [
                self.extractor(features.patches(changed, workers=1))
                for changed in altered.copies_of(waveform, digest=recording.digest, index=index)
            ]
            pieces.append(np.stack(made))
            heard(reading.seconds, None)
        return Extracted(np.concatenate(pieces, axis=1), reading.seconds)
