"""A tar archive's files, read forward, as the archive comes out of a decompressor.

The standard library's reader takes damage for the end of the archive, and as long for each of
AudioSet's 8132 small files as reading the records in it. It still reads the uncommon headers here.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from earmark.formats.records import BLOCK, BrokenError, Read

__all__ = ["BLOCK_SIZE", "Member", "is_tar", "members"]

BLOCK_SIZE = tarfile.BLOCKSIZE
BROKEN = "the archive is damaged"
SHORT = "the archive breaks off"
_END = bytes(BLOCK_SIZE)
_LONG_NAME, _ATTRIBUTES = tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE
_MOST_NAMES = 1 << 20


@dataclass(frozen=True)
class Member:
    """A file in an archive, to be read before the next one."""

    name: str
    read: Read


def is_tar(block: bytes) -> bool:
    """Whether a file that begins like this, with at least 512 bytes, is a tar archive."""
    return len(block) >= BLOCK_SIZE and block != _END and _checksum_fits(block[:BLOCK_SIZE])


def members(read: Read) -> Iterator[Member]:
    """Go through an archive's regular files.

    Raises
    ------
    BrokenError
        If it is damaged or breaks off.
    """
    stream = _Stream(read)
    name, size = "", -1  # as a header before the file's own may say
    while (block := stream.block()) != _END:
        if not _checksum_fits(block):
            raise BrokenError(BROKEN)
        header = _Header.of(block)
        if header.kind == _LONG_NAME:
            name = _decode(stream.names(header.size).partition(b"\0")[0])
            continue
        if header.kind == _ATTRIBUTES:
            said = _attributes(stream.names(header.size))
            name = _decode(said[b"path"]) if b"path" in said else name
            size = _number(said[b"size"]) if b"size" in said else size
            continue
        if size >= 0 and header.regular:
            header = _Header(header.name, size, header.kind)
        stream.enter(header.size)
        if header.regular:
            yield Member((name or header.name).removeprefix("./"), stream.read)
        stream.leave()
        if header.kind not in (tarfile.GNUTYPE_LONGLINK, tarfile.XGLTYPE):
            name, size = "", -1


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    size: int
    """How many bytes follow."""
    kind: bytes

    @property
    def regular(self) -> bool:
        """Whether this is a plain file."""
        return self.kind in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)

    @classmethod
    def of(cls, block: bytes) -> _Header:
        """Read a header whose checksum is right."""
        kind = block[156:157]
        if kind == tarfile.REGTYPE and block[124] < 128 and not block[345]:
            return cls(_decode(block[:100].partition(b"\0")[0]), _octal(block[124:136]), kind)
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except (tarfile.TarError, ValueError) as error:
            raise BrokenError(BROKEN) from error
        if info.type == tarfile.GNUTYPE_SPARSE:
            raise BrokenError(f"{info.name} is stored with holes in it: unpack the archive first")
        # What has no contents may state a size all the same.
        bare = info.type in tarfile.SUPPORTED_TYPES and info.type not in _WITH_CONTENTS
        return cls(info.name, 0 if bare else info.size, info.type)


_WITH_CONTENTS = (
    *(tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_LONGNAME),
    *(tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
)


class _Stream:
    """The bytes of an archive, of which a file's contents may be entered and left."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._data = b""
        self._at = 0
        self._size = 0  # of the contents entered, less what was read
        self._padding = 0

    def block(self) -> bytes:
        """Return the next header."""
        return self._take(BLOCK_SIZE)

    def names(self, size: int) -> bytes:
        """Return contents that say something of the next file."""
        if size > _MOST_NAMES:
            raise BrokenError(f"the archive has a header of {size} bytes")
        return self._take(size + -size % BLOCK_SIZE)[:size]

    def enter(self, size: int) -> None:
        """Begin with a file's contents."""
        self._size, self._padding = size, -size % BLOCK_SIZE

    def read(self, most: int) -> bytes:
        """Return up to `most` bytes of the contents; none at their end."""
        wanted = min(most, self._size)
        if not wanted:
            return b""
        self._fill(wanted)
        data = self._data[self._at : self._at + wanted]
        if not data:
            raise BrokenError(SHORT)
        self._at += len(data)
        self._size -= len(data)
        return data

    def leave(self) -> None:
        """Go to the end of the contents."""
        while self._size:
            self.read(BLOCK)
        self._take(self._padding)

    def _take(self, size: int) -> bytes:
        self._fill(size)
        data = self._data[self._at : self._at + size]
        if len(data) < size:
            raise BrokenError(SHORT)
        self._at += size
        return data

    def _fill(self, size: int) -> None:
        """Read on until there are that many bytes, if there are."""
        while len(self._data) - self._at < size and (block := self._read(BLOCK)):
            self._data = self._data[self._at :] + block
            self._at = 0


def _checksum_fits(block: bytes) -> bool:
    stated = block[148:156].strip(b"\0 ")
    # The field itself counts as spaces. The library knows more ways to write it.
    if stated.isdigit() and sum(block) - sum(block[148:156]) + 256 == _octal(stated):
        return True
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError):
        return False
    return True


def _octal(digits: bytes) -> int:
    try:
        return int(digits.strip(b"\0 ") or b"0", 8)
    except ValueError as error:
        raise BrokenError(BROKEN) from error


def _attributes(text: bytes) -> dict[bytes, bytes]:
    """Read lines like ``30 path=folder/name``, each beginning with its length."""
    said = {}
    while text.strip(b"\0"):
        digits, _, _ = text.partition(b" ")
        size = _number(digits)
        key, equals, value = text[len(digits) + 1 : size].removesuffix(b"\n").partition(b"=")
        if not equals or size > len(text):
            raise BrokenError(BROKEN)
        said[key] = value
        text = text[size:]
    return said


def _number(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 20:
        raise BrokenError(BROKEN)
    return int(digits)


def _decode(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
