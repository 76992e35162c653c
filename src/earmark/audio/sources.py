"""What a user can name as a recording, and how to open it."""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from earmark.audio.bytestreams import ByteStream, Forward, os_reason
from earmark.audio.limits import Limits
from earmark.errors import AudioError, UsageError

__all__ = ["Origin", "Skipped", "Source", "Sourceable", "is_url", "printable"]

SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
DEFAULT_LIMITS = Limits()


class Origin(Protocol):
    """Where the bytes of a recording come from."""

    def open(self, name: str, /) -> AbstractContextManager[ByteStream]:
        """Open the bytes; ``name`` is for errors."""


@dataclass(frozen=True)
class Skipped:
    """An input that cannot be a recording."""

    name: str
    """The input as its user named it."""

    reason: str
    """Why it is left out, as the end of a sentence that begins with its name."""

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


@dataclass(frozen=True)
class Source:
    """One recording that can be opened.

    Cheap to make and, unless it stands for an open file, cheap to pickle: nothing is opened
    before :meth:`open`.
    """

    name: str
    """What the user sees: a path, a URL, ``archive.zip/inner.wav``, ``-``."""

    origin: Origin = field(repr=False)
    """Where the bytes come from."""

    @classmethod
    def of(
        cls, thing: Sourceable, *, name: str | None = None, limits: Limits = DEFAULT_LIMITS
    ) -> Source:
        """Make a source of whatever a user may name.

        Parameters
        ----------
        thing : Source, str, os.PathLike, bytes-like or binary file object
            A string is ``-`` (standard input), an ``http://`` or ``https://`` address, a path, or
            the path of a member inside a zip or tar archive; an ``os.PathLike`` is always a path.
        name : str, optional
            What to call it in results and errors, instead of the name it has.
        limits : Limits
            How much an address or an archive's member may cost.

        Raises
        ------
        UsageError
            When ``thing`` is of no kind that can be read.
        """
        if isinstance(thing, Source):
            return thing if name is None else cls(name, thing.origin)
        if isinstance(thing, bytes | bytearray | memoryview):
            return cls(name or "<bytes>", BytesOrigin(bytes(thing)))
        if isinstance(thing, str) and thing == "-":
            return cls(name or "-", StandardInput())
        if isinstance(thing, str) and is_url(thing):
            from earmark.audio.urls import Address  # urllib costs 50 ms to import

            address = Address(thing, limits)
            return cls(name or printable(address.shown), address)
        if isinstance(thing, str | os.PathLike):
            return cls.of_path(os.fspath(thing), name=name, limits=limits)
        if hasattr(thing, "read"):
            return cls(name or printable(str(getattr(thing, "name", "<file>"))), OpenFile(thing))
        raise UsageError(
            f"{type(thing).__name__} cannot be read as a recording: give a path, an address, "
            "bytes or a file opened in binary mode"
        )

    @classmethod
    def of_path(cls, path: str | bytes, *, name: str | None, limits: Limits) -> Source:
        """Make a source of a path, which may lead into an archive."""
        path = os.fsdecode(path)
        inside = None
        if path and not _exists(path):
            from earmark.audio.archives import look_up  # zipfile and tarfile cost 20 ms

            inside = look_up(path, limits=limits)
        return cls(name or printable(path), inside.origin if inside else FilePath(path))

    @contextmanager
    def open(self) -> Iterator[ByteStream]:
        """Open the bytes for the length of a ``with`` block.

        Raises
        ------
        AudioError
            When they cannot be had.
        """
        try:
            opened = self.origin.open(self.name)
        except (OSError, ValueError) as error:
            raise AudioError(self.name, os_reason(error)) from error
        with opened as file:
            yield file


Sourceable = Source | str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""Everything that :meth:`Source.of` takes."""


@dataclass(frozen=True)
class FilePath:
    """A file on disk."""

    path: str

    def open(self, name: str, /) -> AbstractContextManager[ByteStream]:
        """Open it, unless it is a folder or a device."""
        mode = Path(self.path).stat().st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            raise AudioError(name, "is a device, not a recording: record from it to a file first")
        # Unbuffered: the decoder asks for large pieces and keeps its own buffer.
        return cast(AbstractContextManager[ByteStream], Path(self.path).open("rb", buffering=0))


@dataclass(frozen=True)
class BytesOrigin:
    """A whole file in memory."""

    data: bytes = field(repr=False)

    def open(self, name: str, /) -> AbstractContextManager[ByteStream]:
        """Open the bytes."""
        return io.BytesIO(self.data)


@dataclass(frozen=True)
class StandardInput:
    """The program's standard input, which can be read once."""

    def open(self, name: str, /) -> AbstractContextManager[ByteStream]:
        """Open it, unless it is a terminal."""
        if sys.stdin is None:
            raise AudioError(name, "there is no standard input here: name a file")
        if sys.stdin.isatty():
            raise AudioError(name, "standard input is a keyboard: pipe a recording into it")
        file = sys.stdin.buffer
        return nullcontext(cast(ByteStream, file) if _is_seekable(file) else Piped(file))


class OpenFile:
    """A file object of the caller's, who also closes it; read from where it stood."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.rewindable = _is_seekable(file)
        self.start = file.tell() if self.rewindable else 0
        self.used = False

    def open(self, name: str, /) -> AbstractContextManager[ByteStream]:
        """Go back to where it stood."""
        if getattr(self.file, "closed", False):
            raise AudioError(name, "the file object is closed: keep it open while it is read")
        if self.rewindable:
            self.file.seek(self.start)
            return nullcontext(cast(ByteStream, self.file))
        if self.used:
            raise AudioError(name, "was read before and cannot be rewound: open it again")
        self.used = True
        return nullcontext(Piped(self.file))


class Piped(Forward):
    """A file object that cannot be rewound, and is not closed."""

    def __init__(self, file: BinaryIO) -> None:
        # What has arrived is wanted at once: ``read`` may wait until ``size`` bytes are there.
        self.read = getattr(file, "read1", file.read)  # type: ignore[method-assign]


def is_url(text: str) -> bool:
    """Whether a string is an http or https address."""
    return text[:8].lower().startswith(("http://", "https://"))


def scheme_of(text: str) -> str | None:
    """Return the scheme of a string that looks like an address, in lower case, else None."""
    found = SCHEME.match(text)
    return found[1].lower() if found else None


def printable(name: str) -> str:
    """Return a name that can be printed on one line: control characters and stray bytes escaped."""
    return UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), name)


def _exists(path: str) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:  # a zero byte in the name
        return True


def _is_seekable(file: BinaryIO) -> bool:
    try:
        return bool(file.seekable())
    except (AttributeError, OSError, ValueError):
        return False
