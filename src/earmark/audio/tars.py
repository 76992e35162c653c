"""Members of a tar archive, plain or packed: read from where they lie."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from earmark.audio.archives import Entry
from earmark.audio.bytestreams import CHUNK, ByteStream, DamagedError, Forward, Slice
from earmark.audio.limits import Limits
from earmark.errors import AudioError

__all__ = ["TarMember", "Unpacker", "entries"]

HEADER_BYTES = 1 << 20  # names and attributes of one member; tarfile would read any size
BROKEN = "breaks off or is damaged: copy the archive again"
BOMB = "unpacks to more than is allowed, like a bomb: unpack it yourself if you trust it"
# gzip and bz2 report damaged data as OSError, which a failing disk does too.
UNPACKING_ERRORS = (tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError, ValueError)


@dataclass(frozen=True)
class TarMember:
    """A member of a tar archive, by its place in the unpacked archive."""

    unpacker: Unpacker
    start: int
    size: int
    limits: Limits

    def open(self, name: str, /) -> AbstractContextManager[ByteStream]:
        """Open it: in place where the archive is plain, in memory where small, else forward."""
        if not self.unpacker.packing:
            return Slice(Path(self.unpacker.path).open("rb"), start=self.start, size=self.size)
        try:
            part = Part(self.unpacker, start=self.start, size=self.size)
            if self.size > self.limits.memory_bytes:
                return part
            with part:
                return io.BytesIO(b"".join(iter(lambda: part.read(CHUNK), b"")))
        except DamagedError as error:
            raise AudioError(name, str(error)) from error


class Unpacker:
    """The unpacked bytes of a tar archive, shared by its members.

    A packed archive can only be read from its beginning. Members are mostly opened one after the
    other, so the reader that the last one left behind goes on from there.
    """

    def __init__(self, path: str, packing: str) -> None:
        self.path, self.packing = path, packing
        self.idle: io.BufferedIOBase | None = None
        self.lock = threading.Lock()

    def __reduce__(self) -> tuple[type[Unpacker], tuple[str, str]]:
        return type(self), (self.path, self.packing)

    def open(self) -> io.BufferedIOBase:
        """Open the archive at its beginning."""
        match self.packing:
            case "gz":
                return gzip.open(self.path)
            case "bz2":
                return bz2.open(self.path)
            case "xz":
                return lzma.open(self.path)
            case _:
                return Path(self.path).open("rb")

    def take(self, position: int) -> io.BufferedIOBase:
        """Return a reader that stands at ``position`` and is the caller's until given back."""
        with self.lock:
            file, self.idle = self.idle, None
        if file is not None and file.tell() > position:
            file.close()
            file = None
        file = file or self.open()
        try:
            file.seek(position)
        except BaseException:
            file.close()
            raise
        return file

    def give_back(self, file: io.BufferedIOBase) -> None:
        """Keep a reader for the next member."""
        with self.lock:
            file, self.idle = self.idle or file, file
        if file is not self.idle:
            file.close()

    def __del__(self) -> None:
        if self.idle is not None:
            self.idle.close()


class Part(Forward):
    """One member's bytes of a packed archive."""

    def __init__(self, unpacker: Unpacker, *, start: int, size: int) -> None:
        self.unpacker, self.left = unpacker, size
        try:
            self.file: io.BufferedIOBase | None = unpacker.take(start)
        except UNPACKING_ERRORS as error:
            raise DamagedError(BROKEN) from error

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes; none at the end."""
        if self.file is None or self.left == 0:
            return b""
        try:
            data = self.file.read1(min(size, self.left))
        except UNPACKING_ERRORS as error:
            raise DamagedError(BROKEN) from error
        if not data:
            raise DamagedError(BROKEN)
        self.left -= len(data)
        return data

    def close(self) -> None:
        """Give the reader back."""
        if self.file is not None:
            self.unpacker.give_back(self.file)
            self.file = None


def entries(path: str, *, packing: str, limits: Limits) -> Iterator[Entry]:
    """List a tar archive's files.

    Raises
    ------
    DamagedError
        When it is no tar archive, breaks off, or unpacks to too much.
    OSError
        When it cannot be opened.
    """
    unpacker = Unpacker(path, packing)
    packed = Path(path).stat().st_size
    most = min(limits.archive_bytes, limits.most_unpacked(packed)) if packing else packed + 1024
    with unpacker.open() as file:
        try:
            # Mode "r:" reads headers and seeks over the rest; Guard keeps the headers small.
            with tarfile.open(fileobj=cast(BinaryIO, Guard(file)), mode="r:") as archive:
                while info := archive.next():
                    archive.members = []  # type: ignore[attr-defined]  # tarfile would keep them all
                    yield _entry(info, unpacker, limits)
                    if info.offset_data + info.size > most:
                        raise DamagedError(BOMB if packing else BROKEN)
                # tarfile takes a broken header, but for the first, to be the end.
                file.seek(archive.offset)
                if file.read(tarfile.BLOCKSIZE).strip(b"\0"):
                    raise DamagedError(f"{BROKEN}; what comes after the damage is left out")
        except UNPACKING_ERRORS as error:
            raise DamagedError(f"is no tar archive, or {BROKEN}") from error


class Guard:
    """A file that refuses the huge reads that a hostile header asks for."""

    def __init__(self, file: io.BufferedIOBase) -> None:
        self.file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1, /) -> bytes:
        """Return ``size`` bytes, if they can be a header."""
        if not 0 <= size <= HEADER_BYTES:
            raise tarfile.ReadError("header too large")
        return self.file.read(size)


def _entry(info: tarfile.TarInfo, unpacker: Unpacker, limits: Limits) -> Entry:
    reason = ""
    if info.issym() or info.islnk():
        reason = "is a link inside the archive and is not followed"
    elif info.issparse():
        reason = "is stored with holes in it: unpack it first"
    elif not info.isfile():
        reason = "is no file but a folder or a device"
    elif info.size > limits.member_bytes:
        reason = BOMB
    member = TarMember(unpacker, info.offset_data, info.size, limits)
    return Entry(info.name.removeprefix("./"), None if reason else member, reason)
