"""Bytes as they are in a file -> bytes as they are meant: gzip and zlib, seen by their content."""

from __future__ import annotations

import zlib

from earmark.formats.records import BLOCK, HEADER, BrokenError, Read, crc32c, is_header

__all__ = ["Peeked", "unpacked"]

BROKEN = "the compressed data are damaged from here on"
SHORT = "the compressed data break off"
PIECE = 1 << 14
"""Where compressed data are damaged, what was unpacked with the same piece is lost, too."""
_ANY_HEADER = 32 + zlib.MAX_WBITS  # gzip or zlib


class Peeked:
    """A reader whose first bytes may be looked at before they are read."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._ahead = b""
        self.is_records = False
        """Whether it surely is a TFRecord file."""

    def peek(self, size: int) -> bytes:
        """Return the next bytes, as many as asked for if there are so many, and keep them."""
        while len(self._ahead) < size and (block := self._read(BLOCK)):
            self._ahead += block
        return self._ahead[:size]

    def __call__(self, size: int) -> bytes:
        """Return up to `size` of the next bytes; none at the end."""
        if not self._ahead:
            return self._read(size)
        block, self._ahead = self._ahead[:size], self._ahead[size:]
        return block


def unpacked(read: Read) -> Peeked:
    """Unpack a stream if it is compressed by gzip or zlib, as TensorFlow writes records too."""
    peeked = Peeked(read)
    head = peeked.peek(HEADER)
    # A record of 35 615 bytes begins as gzip does, so that the checksum of its length decides.
    peeked.is_records = is_header(head, crc=crc32c())
    return peeked if peeked.is_records or not _is_packed(head) else Peeked(_Inflated(peeked))


def _is_packed(head: bytes) -> bool:
    gzip = head[:2] == b"\x1f\x8b"
    zlib_ = len(head) > 1 and head[0] == 0x78 and int.from_bytes(head[:2], "big") % 31 == 0
    return gzip or zlib_


class _Inflated:
    """Unpacks gzip, of which there may be several pieces end to end, or zlib."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.packed = b""
        self.inflater = zlib.decompressobj(_ANY_HEADER)
        self.ended = False

    def __call__(self, size: int) -> bytes:
        """Return up to `size` of the next bytes; none at the end.

        Raises
        ------
        BrokenError
            If the compressed data are damaged or break off.
        """
        while not self.ended:
            if not self.packed:
                self.packed = self.read(PIECE)
            if not self.packed:
                self.ended = True
                if not self.inflater.eof:
                    raise BrokenError(SHORT)
                break
            try:
                data = self.inflater.decompress(self.packed, size)
            except zlib.error as error:
                self.ended = True
                raise BrokenError(BROKEN) from error
            self.packed = self.inflater.unconsumed_tail
            if self.inflater.eof:
                self._next_piece()
            if data:
                return data
        return b""

    def _next_piece(self) -> None:
        """Go on behind the end of a piece; zeros that fill up a block on tape are no piece."""
        self.packed = self.inflater.unused_data.lstrip(b"\0")
        while not self.packed and (block := self.read(PIECE)):
            self.packed = block.lstrip(b"\0")
        if self.packed:
            self.inflater = zlib.decompressobj(_ANY_HEADER)
        else:
            self.ended = True
