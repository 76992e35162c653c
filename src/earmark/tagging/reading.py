"""One recording, read from its beginning to its end as patches, in constant memory."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import Empty, Queue
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from earmark.audio import SAMPLE_RATE, Source, stream
from earmark.errors import AudioError
from earmark.features import FIRST_PATCH_SAMPLES, PATCH_SECONDS, PatchStream, fit_short, patches
from earmark.tagging.options import Short

__all__ = ["Reading", "ahead"]

Item = TypeVar("Item")
Patches = Generator[NDArray[np.float32], None, None]

_BLOCK_SECONDS = 8.0
"""Little enough that the networks begin early and decoding keeps ahead of them."""


class Reading:
    """A recording while it is read.

    Parameters
    ----------
    source : Source
    start : float
        Where to begin, in seconds.
    short : {"loop", "pad", "error"}
        What to do if less than a patch follows: repeat it, fill it with silence, or refuse it.
    first : int, optional
        Only so many patches, beginning with the one of the whole recording's in which `start`
        lies. There must be such a patch, as for the service that pooled so.
    block_seconds : float
        How much is decoded before patches are made of it, which are the same whatever it is.
    """

    def __init__(
        self,
        source: Source,
        *,
        start: float = 0.0,
        short: Short = "loop",
        first: int | None = None,
        block_seconds: float = _BLOCK_SECONDS,
    ) -> None:
        self.source = source
        self.start = start if first is None else _row(start) * PATCH_SECONDS
        """Where the first patch begins, in seconds."""
        self.notes: tuple[str, ...] = ()
        """What was wrong with it though it could be read; complete at its end."""
        self._asked = start
        self._short = short
        self._first = first
        self._block_seconds = block_seconds
        self._samples = 0
        self._stated: float | None = None
        self._whole = True

    @property
    def seconds(self) -> float:
        """How much has been read."""
        return self._samples / SAMPLE_RATE

    @property
    def expected(self) -> float | None:
        """How much there is to read, as far as the recording says."""
        return None if self._stated is None else max(0.0, self._stated - self.start)

    @property
    def duration(self) -> float:
        """The recording's length in seconds, once it has been read as far as it is going to be."""
        read = self.start + self.seconds
        return read if self._whole or self._stated is None else max(read, self._stated)

    def patches(self, *, batch: int) -> Patches:
        """Read on.

        Parameters
        ----------
        batch : int
            How many patches to give at once; the last ones may be fewer.

        Yields
        ------
        float32 [up to batch, 96, 64]

        Raises
        ------
        AudioError
            If it cannot be read, ends before `start`, or is too short for ``error``.
        """
        waiting: NDArray[np.float32] | None = None
        with closing(self._as_they_come()) as all_patches:
            for found in all_patches:
                waiting = found if waiting is None else np.concatenate([waiting, found])
                while len(waiting) >= batch:
                    yield waiting[:batch]
                    waiting = waiting[batch:]
        if waiting is not None and len(waiting):
            yield waiting

    def _as_they_come(self) -> Patches:
        maker = PatchStream()
        left = self._first
        # Until there is a patch, the samples are kept: a short recording is made longer.
        beginning: list[NDArray[np.float32]] | None = []
        with stream(self.source, start=self.start, block_seconds=self._block_seconds) as blocks:
            self._stated = blocks.info.duration
            for block in blocks:
                self._samples += len(block)
                if left == 0:
                    continue
                found = maker.push(block)
                if len(found):
                    beginning = None
                    yield found[:left]
                elif beginning is not None:
                    beginning.append(block)
                if left is not None:
                    left -= min(left, len(found))
                if left == 0 and self._stated is not None:
                    self._whole = False  # its header tells how long the rest is
                    break
            self.notes = blocks.notes
        if beginning is not None:
            yield self._of_little(np.concatenate(beginning))

    def _of_little(self, waveform: NDArray[np.float32]) -> NDArray[np.float32]:
        """Make one patch of less than a patch."""
        if self._first is not None and self.start > 0:
            raise AudioError(
                self.source.name,
                f"start {self._asked:g} s is outside: no whole patch begins there or after",
            )
        if self._short == "error":
            raise AudioError(
                self.source.name,
                f"has {self.seconds:.3f} s of sound, less than the "
                f"{FIRST_PATCH_SAMPLES / SAMPLE_RATE} s of a patch: loop or pad it (option short)",
            )
        return patches(fit_short(waveform, how=self._short))


@dataclass(frozen=True)
class _End:
    """What stands behind the last item, and why there are no more."""

    error: BaseException | None = None


def ahead(items: Generator[Item, None, None]) -> Generator[Item, None, None]:
    """Give the same items, made in a second thread while the ones before are being used.

    The thread ends with the last item, with an error, and when the caller closes the generator.
    """
    made: Queue[Item | _End] = Queue(maxsize=1)
    enough = threading.Event()

    def make() -> None:
        end = _End()
        try:
            with closing(items):
                for item in items:
                    made.put(item)
                    if enough.is_set():
                        return
        except BaseException as error:
            end = _End(error)
        made.put(end)

    thread = threading.Thread(target=make, name="earmark-read")
    try:
        thread.start()
        while not isinstance(item := made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        enough.set()
        with suppress(Empty):
            made.get_nowait()  # the thread may be waiting for room
        if thread.ident is not None:  # Ctrl-C may come before it has begun
            thread.join()


def _row(start: float) -> int:
    """Find the patch in which a time lies, as the MAX service counts: ``int(start / 0.96)``.

    A little is added, because 11 * 0.96 / 0.96 is less than 11 in floating point.
    """
    return int(start / PATCH_SECONDS + 1e-9)
