"""The little of a file that a decoder needs, and what can stand behind it."""

from __future__ import annotations

import os
from typing import BinaryIO, Protocol

from earmark.audio.closing import Closing

__all__ = ["ByteStream", "DamagedError", "Forward", "Slice", "os_reason"]

CHUNK = 1 << 18


class DamagedError(Exception):
    """Packed data that breaks off or does not unpack; its text ends the sentence for the user."""


class ByteStream(Protocol):
    """Bytes to read, and to rewind where ``seekable``."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes; none at the end."""

    def seekable(self) -> bool:
        """Whether ``seek`` works."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to a position and return it."""

    def tell(self) -> int:
        """Return the position."""


class Forward(Closing):
    """Base of streams that only go forward."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes; none at the end."""
        raise NotImplementedError

    def seekable(self) -> bool:
        """Say that it cannot be rewound."""
        return False

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Refuse."""
        raise OSError("this stream only goes forward")

    def tell(self) -> int:
        """Refuse."""
        raise OSError("this stream only goes forward")

    def close(self) -> None:
        """Give back what is held."""


class Slice(Closing):
    """A stretch of an open file, which it closes at the end."""

    def __init__(self, file: BinaryIO, *, start: int, size: int) -> None:
        self.file, self.start, self.size = file, start, size
        self.position = 0
        file.seek(start)

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes; none at the stretch's end."""
        data = self.file.read(max(0, min(size, self.size - self.position)))
        self.position += len(data)
        return data

    def seekable(self) -> bool:
        """Say that it can be rewound."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move within the stretch."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.position, os.SEEK_END: self.size}[whence]
        self.position = max(0, base + offset)
        self.file.seek(self.start + self.position)
        return self.position

    def tell(self) -> int:
        """Return the position within the stretch."""
        return self.position

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def os_reason(error: OSError | ValueError) -> str:
    """Say why the system would not open or read something, in words that suggest what to do."""
    if isinstance(error, FileNotFoundError):
        return "does not exist: check the spelling and the folder"
    if isinstance(error, PermissionError):
        return "may not be read: ask for permission or copy it to where you may"
    if isinstance(error, IsADirectoryError):
        return "is a folder, not a recording: name a file inside it"
    if isinstance(error, NotADirectoryError):
        return "does not exist: a part of its path is a file, not a folder"
    if isinstance(error, ValueError):
        return f"is no name that a file can have ({error})"
    return f"cannot be read ({error.strerror or error}): check the disk or copy the file again"
