"""A file for HDF5 to write to, on a disk that may fill up.

Where a write fails HDF5 cannot close its file any more, and takes the program down when it tries
again (https://github.com/h5py/h5py/issues/914). So it is told that all went well, and what has no
room on the disk is held in memory until the file is closed and thrown away. For the same reason
Ctrl-C has to wait while HDF5 is at work.
"""

from __future__ import annotations

import io
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

__all__ = ["ForgivingFile", "creating", "uninterrupted"]


class ForgivingFile(io.FileIO):
    """A file whose writes never fail; the first one that should have is remembered.

    Parameters
    ----------
    path : Path
        The file; made anew.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w+b")
        self.error: OSError | ValueError | None = None
        self._place = 0
        self._homeless: list[tuple[int, bytes]] = []

    def seek(self, place: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place in the file, which need not exist."""
        if whence == io.SEEK_END:
            ends = (at + len(data) for at, data in self._homeless)
            place += max(super().seek(0, io.SEEK_END), *ends, 0)
        elif whence == io.SEEK_CUR:
            place += self._place
        self._place = place
        return place

    def tell(self) -> int:
        """Say where in the file one is."""
        return self._place

    def write(self, data: Any, /) -> int:
        """Write all of it, to the disk or, once that has failed, to memory."""
        view = memoryview(data).cast("B")
        done = 0
        try:
            while self.error is None and done < len(view):
                super().seek(self._place + done)
                done += super().write(view[done:]) or 0
        except (OSError, ValueError) as error:  # the latter once it is closed
            self.error = error
        if done < len(view):
            self._homeless.append((self._place + done, bytes(view[done:])))
        self._place += len(view)
        return len(view)

    def readinto(self, buffer: Any, /) -> int:
        """Read what was written; what never was is zero."""
        view = memoryview(buffer).cast("B")
        view[:] = bytes(len(view))
        super().seek(self._place)
        super().readinto(view)
        for at, data in self._homeless:
            first, last = max(at, self._place), min(at + len(data), self._place + len(view))
            if first < last:
                view[first - self._place : last - self._place] = data[first - at : last - at]
        self._place += len(view)
        return len(view)

    def truncate(self, size: int | None = None, /) -> int:
        """Make the file shorter or longer."""
        size = self._place if size is None else size
        try:
            if self.error is None:
                super().truncate(size)
        except OSError as error:
            self.error = error
        return size

    def check(self) -> None:
        """Raise what went wrong, if anything did."""
        if self.error is not None:
            raise self.error


@contextmanager
def creating(path: Path) -> Iterator[tuple[h5py.File, ForgivingFile]]:
    """Make an HDF5 file, and close it whatever happens.

    Yields
    ------
    h5py.File
    ForgivingFile
        What it is written to, to be checked now and then.

    Raises
    ------
    OSError
        At the end, if not all of it could be written.
    """
    with ForgivingFile(path) as disk:
        # As HDF5 writes since 1.10, of 2016: what describes the data has checksums, too.
        file = h5py.File(disk, "w", libver=("v110", "v110"))
        try:
            yield file, disk
        finally:
            with uninterrupted():
                file.close()
        disk.check()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold a Ctrl-C back until the block is through."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or handler is None:
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)
