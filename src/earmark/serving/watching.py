"""What stands beside the work on a recording and ends it: too long, too late, nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from earmark.audio import Source
from earmark.audio.bytestreams import ByteStream
from earmark.audio.sources import Origin
from earmark.serving.errors import ServiceError
from earmark.serving.uploads import Packed

__all__ = ["StoppedError", "Watch", "watched"]


class StoppedError(Exception):
    """Nobody waits for the result any more."""


class Watch:
    """Stands beside one recording's work, and ends it where it goes too far.

    Parameters
    ----------
    stop : threading.Event
        Set when nobody waits any more.
    most : float
        The longest recording, in seconds.
    """

    def __init__(self, stop: threading.Event, *, most: float) -> None:
        self._stop = stop
        self._most = most

    def __call__(self, seconds: float, expected: float | None) -> None:
        """Be told how many seconds are done and of how many, as far as is known.

        Raises
        ------
        ServiceError
            If the recording is too long.
        """
        self.check()
        if max(seconds, expected or 0.0) > self._most:
            raise ServiceError(
                413,
                "too_long",
                f"the recording is longer than {self._most:g} s: cut it and send the parts",
            )

    def check(self) -> None:
        """End the work if nobody waits any more."""
        if self._stop.is_set():
            raise StoppedError


def watched(source: Source, watch: Watch) -> Source:
    """Make a source whose bytes cannot be read any more once nobody waits.

    So work ends soon whatever it does with them, be it that it decodes hours for one number. An
    archive is not read as such, and stays what it is.
    """
    if isinstance(source.origin, Packed):
        return source
    return Source(source.name, _Watched(source.origin, watch))


@dataclass(frozen=True)
class _Watched:
    """An origin with a watch."""

    origin: Origin
    watch: Watch

    @contextmanager
    def open(self, name: str, /) -> Iterator[ByteStream]:
        """Open the bytes."""
        with self.origin.open(name) as file:
            yield _Bytes(file, self.watch)


class _Bytes:
    """Bytes with a watch."""

    def __init__(self, file: ByteStream, watch: Watch) -> None:
        self._file, self._watch = file, watch
        self.seekable, self.seek, self.tell = file.seekable, file.seek, file.tell

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, if anybody still waits."""
        self._watch.check()
        return self._file.read(size)
