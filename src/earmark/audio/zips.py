"""Members of a zip archive: found through its directory, read from where they lie."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from earmark.audio.archives import Entry
from earmark.audio.bytestreams import CHUNK, ByteStream, DamagedError, Forward, Slice
from earmark.audio.limits import Limits
from earmark.errors import AudioError

__all__ = ["ZipMember", "entries"]

DIRECTORY_BYTES = 128 * 2**20  # about a million members; zipfile reads the directory whole
LOCAL_HEADER = struct.Struct("<4s22xHH")
DIRECTORY_END = struct.Struct("<4s8xI4x2x")
ENCRYPTED = 0x1
BOMB = "unpacks to more than is allowed, like a zip bomb: unpack it yourself if you trust it"
BROKEN = "is damaged inside the archive: copy the archive again"
OVERLAPPING = "shares its bytes with another member, like a zip bomb: it is not read"


@dataclass(frozen=True)
class ZipMember:
    """A member of a zip archive, by its place in the file."""

    path: str
    header: int
    packed: int
    size: int
    method: int
    crc: int
    limits: Limits

    def open(self, name: str, /) -> AbstractContextManager[ByteStream]:
        """Open it: in place where it is stored, in memory where small, else going forward."""
        file = Path(self.path).open("rb")  # noqa: SIM115, closed with the member
        try:
            part = self._part(file)
            if self.method == zipfile.ZIP_STORED:
                return part
            inflated = Inflated(part, self)
            if self.size > self.limits.memory_bytes:
                return inflated
            with inflated:
                return io.BytesIO(b"".join(iter(lambda: inflated.read(CHUNK), b"")))
        except (struct.error, DamagedError) as error:
            file.close()
            raise AudioError(name, BROKEN) from error
        except BaseException:
            file.close()
            raise

    def _part(self, file: BinaryIO) -> Slice:
        file.seek(self.header)
        magic, name_bytes, extra_bytes = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
        if magic != b"PK\x03\x04":
            raise DamagedError(BROKEN)
        start = self.header + LOCAL_HEADER.size + name_bytes + extra_bytes
        return Slice(file, start=start, size=self.packed)


class Inflated(Forward):
    """The unpacked bytes of a deflated member, checked against what the directory says."""

    def __init__(self, part: Slice, member: ZipMember) -> None:
        self.part, self.member = part, member
        self.unpacker = zlib.decompressobj(-15)
        self.done = self.crc = 0

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes; none at the end."""
        data = b""
        while size > 0 and not data and not self.unpacker.eof:
            packed = self.unpacker.unconsumed_tail or self.part.read(CHUNK)
            try:
                data = self.unpacker.decompress(packed, size)
            except zlib.error as error:
                raise DamagedError(BROKEN) from error
            if not data and not packed:
                raise DamagedError(BROKEN)
        self.done += len(data)
        self.crc = zlib.crc32(data, self.crc)
        if self.done > self.member.size or (not data and self.crc != self.member.crc):
            raise DamagedError(BROKEN)
        return data

    def close(self) -> None:
        """Close the archive."""
        self.part.file.close()


def entries(path: str, *, limits: Limits) -> Iterator[Entry]:
    """List a zip archive's files.

    Raises
    ------
    DamagedError
        When it is no zip archive or its directory is broken or huge.
    OSError
        When it cannot be opened.
    """
    packed_bytes = Path(path).stat().st_size
    infos = _directory(path)
    ends = _room(infos, packed_bytes)
    total = 0
    for info in infos:
        if info.is_dir():
            continue
        total += info.file_size
        reason = _why_not(info, limits) or (
            OVERLAPPING
            if info.header_offset + info.compress_size > ends[info.header_offset]
            else ""
        )
        if total > limits.archive_bytes:
            raise DamagedError(BOMB)
        member = ZipMember(
            path,
            info.header_offset,
            info.compress_size,
            info.file_size,
            info.compress_type,
            info.CRC,
            limits,
        )
        yield Entry(info.filename, None if reason else member, reason)


def _directory(path: str) -> list[zipfile.ZipInfo]:
    with Path(path).open("rb") as file:
        if _directory_bytes(file) > DIRECTORY_BYTES:
            raise DamagedError("lists too many files to be read: split it")
        try:
            with zipfile.ZipFile(file) as archive:
                return archive.infolist()
        except (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError) as error:
            raise DamagedError("is no zip archive, or damaged: copy it again") from error


def _directory_bytes(file: BinaryIO) -> int:
    """Return how large the directory says it is, before it is read."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - (1 << 16) - 22))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + DIRECTORY_END.size > len(tail):
        return 0  # zipfile will say what is wrong
    stated = int(DIRECTORY_END.unpack_from(tail, at)[1])
    if stated != 0xFFFFFFFF:
        return stated
    wide = tail.rfind(b"PK\x06\x06")  # zip64 keeps the size, 8 bytes, at 40
    return int.from_bytes(tail[wide + 40 : wide + 48], "little") if wide >= 0 else size


def _room(infos: list[zipfile.ZipInfo], archive_bytes: int) -> dict[int, int]:
    """Return where the bytes of the member at each place must end: where the next one begins."""
    starts = sorted({info.header_offset for info in infos})
    return dict(zip(starts, [*starts[1:], archive_bytes], strict=True))


def _why_not(info: zipfile.ZipInfo, limits: Limits) -> str:
    """Say why a member cannot be read, else nothing."""
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link inside the archive and is not followed"
    if info.flag_bits & ENCRYPTED:
        return "is encrypted: unpack it with its password first"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed in a way that is not read here: unpack it first"
    if info.file_size > limits.member_bytes:
        return BOMB
    if info.file_size > limits.most_unpacked(info.compress_size):
        return BOMB
    return ""
