"""What was computed before, kept in files by what it was computed from.

Each entry is a file of its own, which appears when it is complete, so that runs may be killed and
may share the cache. What is damaged counts as missing. When all of them together grow beyond a
limit, those that were used least recently go.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from earmark.fetching.settings import default_folder

__all__ = ["LIMIT", "Cache"]

LIMIT = 2**30
"""Bytes: the embeddings of 2000 hours."""

_MAGIC = b"earmark 1\n"
_DIGEST = 32
_KEEP = 0.8
"""How full the cache is after some of it had to go."""
_BLOCK = 4096
"""What a small file takes on most disks."""
_STALE_SECONDS = 24 * 3600.0


class Cache:
    """Bytes by key. Threads and processes may share one.

    Parameters
    ----------
    folder : Path, optional
        Where; ``embeddings`` in the folder ``EARMARK_CACHE``, or where the system has such files,
        if not given.
    limit : int
        How many bytes all entries may take.
    """

    def __init__(self, folder: Path | None = None, *, limit: int = LIMIT) -> None:
        self.folder = folder or default_folder() / "embeddings"
        self.trouble: str | None = None
        """Why nothing more is kept, if so."""
        self._limit = limit
        self._lock = threading.Lock()
        self._written = 0

    def get(self, key: str) -> bytes | None:
        """Return an entry, or None where there is none that is whole.

        Parameters
        ----------
        key : str
            Hexadecimal digits.
        """
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        head = len(_MAGIC) + _DIGEST
        if data[: len(_MAGIC)] != _MAGIC or _sum(data[head:]) != data[len(_MAGIC) : head]:
            return None
        with suppress(OSError):
            os.utime(path)  # it was used now
        return data[head:]

    def put(self, key: str, data: bytes) -> None:
        """Keep an entry; where that cannot be, as on a full disk, `trouble` says why."""
        if self.trouble is not None:
            return
        path = self._path(key)
        part = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                part.write_bytes(_MAGIC + _sum(data) + data)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            self.trouble = f"{self.folder} cannot be written: {error.strerror or error}"
            return
        with self._lock:
            self._written += _size(len(data))
            full = self._written > self._limit // 8
            self._written = 0 if full else self._written
        if full:
            self.trim()

    def trim(self) -> None:
        """Let go of what was used least recently, if there is more than may be."""
        entries = []
        now = time.time()
        for path in self.folder.glob("*/*"):
            with suppress(OSError):
                state = path.stat()
                if path.name.startswith("."):
                    if now - state.st_mtime > _STALE_SECONDS:  # of a run that was killed
                        path.unlink()
                    continue
                entries.append((state.st_mtime, _size(state.st_size), path))
        total = sum(size for _, size, _ in entries)
        if total <= self._limit:
            return
        for _, size, path in sorted(entries):
            with suppress(OSError):
                path.unlink()
                total -= size
            if total <= _KEEP * self._limit:
                return

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]


def _sum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST).digest()


def _size(count: int) -> int:
    return -(-count // _BLOCK) * _BLOCK
