"""Bytes that come bit by bit from the event loop, read by a thread as one recording."""

from __future__ import annotations

import asyncio
import struct
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

from earmark.audio.bytestreams import ByteStream, Forward

__all__ = ["GoneError", "Pipe", "caf_header"]

KINDS = {"s16le": (2, 2), "f32le": (3, 4)}
"""CAF's flags, of which 2 is little-endian and 1 float, and a sample's bytes."""


class GoneError(Exception):
    """Nobody sends any more, and nobody wants to know."""


class Pipe(Forward):
    """A bounded pipe from the event loop to one thread, and the origin of a `Source`.

    Parameters
    ----------
    most : int
        How many bytes may wait in it before the writer has to.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._waiting = bytearray()
        self._ended = self._gone = False
        self._changed = threading.Condition()
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Event()
        self._room.set()

    async def write(self, data: bytes) -> None:
        """Put bytes in, once there is room for any."""
        await self._room.wait()
        with self._changed:
            self._waiting += data
            if len(self._waiting) >= self._most:
                self._room.clear()
            self._changed.notify()

    def end(self) -> None:
        """Say that this was all."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def leave(self) -> None:
        """Say that nobody waits for anything any more."""
        with self._changed:
            self._gone = True
            self._changed.notify()

    def open(self, name: str, /) -> AbstractContextManager[ByteStream]:
        """Read from it, in a thread."""
        return nullcontext(self)

    def read(self, size: int, /) -> bytes:
        """Return what has come, at most ``size`` bytes, once there is something; none at the end.

        Raises
        ------
        GoneError
            If nobody waits for anything any more.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended or self._gone)
            if self._gone:
                raise GoneError
            data = bytes(self._waiting[:size])
            del self._waiting[:size]
            if len(self._waiting) < self._most and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._room.set)
        return data


def caf_header(kind: Literal["s16le", "f32le"], *, sample_rate: int, channels: int) -> bytes:
    """Return what makes a CAF file, of a length not known, of the samples that follow.

    A WAV file's header is known better, but FFmpeg looks through two seconds behind it for what
    else may hide in it.
    """
    flags, size = KINDS[kind]
    description = struct.pack(
        ">d4s5I", sample_rate, b"lpcm", flags, size * channels, 1, channels, 8 * size
    )
    return (
        b"caff\0\1\0\0desc"
        + struct.pack(">q", len(description))
        + description
        + b"data"
        + struct.pack(">qI", -1, 0)
    )
