"""TFRecord: records one behind the other, each with checksums of its length and of itself.

======= ========================================================
bytes   what
======= ========================================================
8       the record's length, little-endian
4       masked CRC-32C of those 8 bytes
length  the record
4       masked CRC-32C of the record
======= ========================================================

The masking is that of https://www.tensorflow.org/tutorials/load_data/tfrecord.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from functools import cache

from earmark.errors import UsageError
from earmark.formats.embedding_set import Damage, OnDamage

__all__ = [
    "BLOCK",
    "HEADER",
    "BrokenError",
    "Checksum",
    "Framing",
    "Read",
    "checksum",
    "crc32c",
    "frame",
    "is_header",
]

Read = Callable[[int], bytes]
"""Gives up to that many of the next bytes; none at the end."""
Checksum = Callable[[bytes], int]
"""Computes a CRC-32C."""

BLOCK = 1 << 20
HEADER = 12
FOOTER = 4
_FOOTER = struct.Struct("<I")
MOST = (1 << 24) - 1
"""Clips have about 1.5 kB; what claims to be a thousand times larger is none."""

MASK = 0xA282EAD8
ZEROS = bytes(5)
"""Every length up to MOST ends in these."""
NOT_ZERO = re.compile(rb"[^\0]")


class BrokenError(Exception):
    """A file that cannot be read any further; its text says why, without naming the file."""


@cache
def crc32c() -> Checksum:
    """Return the function that computes a CRC-32C.

    Raises
    ------
    UsageError
        If the library that does is not installed.
    """
    try:
        from google_crc32c import value
    except ImportError as error:
        raise UsageError(
            "TFRecord files need the library google-crc32c: pip install 'earmark[formats]'"
        ) from error
    computed: Checksum = value
    return computed


def checksum(data: bytes, *, crc: Checksum) -> int:
    """Compute a CRC-32C as TFRecord keeps it, turned around and shifted."""
    value = crc(data)
    return ((value >> 15 | value << 17) + MASK) & 0xFFFFFFFF


def frame(record: bytes, *, crc: Checksum) -> bytes:
    """Put length and checksums around a record."""
    length = struct.pack("<Q", len(record))
    ends = checksum(length, crc=crc), checksum(record, crc=crc)
    return length + struct.pack("<I", ends[0]) + record + struct.pack("<I", ends[1])


def is_header(header: bytes, *, crc: Checksum) -> bool:
    """Whether 12 bytes are a length and its checksum."""
    if len(header) != HEADER:
        return False
    return int.from_bytes(header[8:], "little") == checksum(header[:8], crc=crc)


class Framing:
    """Takes records out of files.

    Raises
    ------
    UsageError
        If google-crc32c is not installed.
    """

    def __init__(self) -> None:
        self._crc = crc32c()
        # Most records have one of a few lengths, whose checksum is then looked up.
        self._lengths: dict[bytes, int] = {}

    def runs(
        self, read: Read, *, path: str, on_damage: OnDamage
    ) -> Iterator[tuple[list[int], list[bytes]]]:
        """Read a file's records; after a damaged one, go on at the next that can be found.

        Parameters
        ----------
        read : Read
            The file's bytes, one block after the other.
        path : str
            What to call it.
        on_damage : callable
            Told of each record, or stretch of them, that is damaged.

        Yields
        ------
        offsets : list of int
            Where each of some records begins, with its length.
        records : list of bytes
            Their data, whose checksums are right.
        """
        window, any_sound = _Window(read), False
        window.more()
        while True:
            offsets, found, reason = self._sound(window)
            any_sound = any_sound or bool(found)
            if found:
                yield offsets, found
            if not reason and window.more():
                continue
            reason = reason or window.broken or ("it breaks off" if window.left else "")
            if not reason:
                return
            window.broken = ""
            doubt = "" if any_sound else ": is this a TFRecord file?"
            on_damage(Damage(path, window.before + window.at, reason + doubt))
            self._find_next(window)

    def _sound(self, window: _Window) -> tuple[list[int], list[bytes], str]:
        """Take what records a window holds, up to a damaged one, with what is wrong with that."""
        offsets: list[int] = []
        found: list[bytes] = []
        reason = ""
        data, at, before, size = window.data, window.at, window.before, len(window.data)
        crc, known, unpack = self._crc, self._lengths.get, _FOOTER.unpack_from
        while at + HEADER <= size:
            header = data[at : at + HEADER]
            length = known(header, -1)
            if length < 0:
                length, reason = self._length(header)
            end = at + HEADER + length
            if reason or end + FOOTER > size:
                break
            record = data[at + HEADER : end]
            value = crc(record)
            # As in `checksum`: a call more for each record is felt.
            if ((value >> 15 | value << 17) + MASK) & 0xFFFFFFFF != unpack(data, end)[0]:
                reason = "its data do not match their checksum"
                break
            offsets.append(before + at)
            found.append(record)
            at = end + FOOTER
        window.at = at
        return offsets, found, reason

    def _length(self, header: bytes) -> tuple[int, str]:
        """Read a length, and say what is wrong with it."""
        length = int.from_bytes(header[:8], "little")
        if not is_header(header, crc=self._crc):
            return 0, "its length does not match its checksum"
        if length > MOST:
            return 0, f"its {length} bytes are too many for a clip"
        if len(self._lengths) < 4096:
            self._lengths[header] = length
        return length, ""

    def _find_next(self, window: _Window) -> None:
        """Move on to the next place where a record can begin: a length and its checksum."""
        window.at += 1
        while window.left >= HEADER or window.more():
            zeros = window.data.find(ZEROS, window.at + 3)
            if zeros < 0 or zeros - 3 + HEADER > len(window.data):
                window.at = zeros - 3 if zeros >= 0 else max(window.at, len(window.data) - 7)
                if not window.more():
                    break
                continue
            window.at = zeros - 3
            header = window.data[window.at : window.at + HEADER]
            if header.startswith(ZEROS[:3]):
                # No record is empty, so that a length can begin only just before the zeros' end.
                found = NOT_ZERO.search(window.data, zeros)
                end = found.start() if found else len(window.data)
                window.at = max(window.at + 1, end - 2)
            elif is_header(header, crc=self._crc):
                return
            else:
                window.at += 1
        window.at = len(window.data)


class _Window:
    """What is held of a file, moving over it."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.data = b""
        self.at = 0
        """The place within the data."""
        self.before = 0
        """How many bytes of the file come before the data."""
        self.broken = ""
        """Why the file cannot be read on, until that is said."""
        self.ended = False

    @property
    def left(self) -> int:
        """How many bytes are held from here on."""
        return len(self.data) - self.at

    def more(self) -> bool:
        """Read on if that is possible, and drop what lies behind."""
        if self.ended:
            return False
        try:
            block = self.read(BLOCK)
        except BrokenError as error:
            self.broken, block = str(error), b""
        self.ended = not block
        self.before += self.at
        self.data = self.data[self.at :] + block
        self.at = 0
        return not self.ended
