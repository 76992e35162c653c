"""The part of a file that is here already: ``NAME.part``, and beside it what is known of the rest.

A process that fetches holds a lock on it, so that two do not write into each other.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from earmark.errors import ModelError

try:
    import fcntl
except ImportError:  # Windows has none, and lets nobody rename a file that another has open
    fcntl = None  # type: ignore[assignment]

__all__ = ["Origin", "Part"]


@dataclass(frozen=True)
class Origin:
    """Which file, in which of its versions, the bytes are of, as the server tells it."""

    url: str
    validator: str | None = None
    """A strong ETag, or else the time of its last change: what ``If-Range`` takes."""
    total: int | None = None
    """Its length in bytes."""


class Part:
    """A file that is being fetched.

    Parameters
    ----------
    file : binary file
        The part, open for reading and writing.
    path : Path
        Where it is.
    """

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self.path = path
        self._file = file
        self._note = path.with_name(f"{path.name}.json")
        self.size = os.fstat(file.fileno()).st_size
        self.origin = self._read_note()

    @classmethod
    @contextmanager
    def claim(cls, target: Path) -> Iterator[Part]:
        """Take hold of the part of a file, which may be empty.

        Raises
        ------
        ModelError
            If another process has hold of it.
        OSError
            If it cannot be written.
        """
        path = target.with_name(f"{target.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = _locked(path)
        except BlockingIOError as error:
            raise ModelError(
                f"{target} is being fetched by another process: wait until that is done"
            ) from error
        with file:
            yield cls(file, path)

    def note(self, origin: Origin) -> None:
        """Keep in mind what it is the beginning of."""
        self.origin = origin
        self._note.write_text(json.dumps(asdict(origin)), encoding="utf-8")

    def append(self, data: bytes) -> None:
        """Add what has arrived."""
        left = memoryview(data)
        self._file.seek(self.size)
        while left:
            count = self._file.write(left)
            self.size += count
            left = left[count:]

    def check_room(self, wanted: int, *, spare: int) -> None:
        """Refuse to begin what the disk has no room for.

        Raises
        ------
        ModelError
            If fewer than ``wanted`` + ``spare`` bytes are free.
        """
        free = shutil.disk_usage(self.path.parent).free
        if free < wanted + spare:
            raise ModelError(
                f"{self.path.parent} has {free / 1e6:.0f} MB free, and {(wanted + spare) / 1e6:.0f}"
                " MB are needed: make room, or choose another folder"
            )

    def flush(self) -> None:
        """See to it that all of it is on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def discard(self) -> None:
        """Empty it, and forget what it was."""
        self._file.truncate(0)
        self.size, self.origin = 0, None
        self._note.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        """Put it in its place."""
        if fcntl is None:
            self._file.close()
        self.path.replace(target)
        self._note.unlink(missing_ok=True)

    def _read_note(self) -> Origin | None:
        try:
            return Origin(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None


def _locked(path: Path) -> IO[bytes]:
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0)
        try:
            if fcntl is None:
                return file
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it before may have put it in its place, where it is none of ours.
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
        except BaseException:
            file.close()
            raise
        file.close()
