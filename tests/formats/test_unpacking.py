"""Streams as they are meant: gzip and zlib, seen by their content."""

from __future__ import annotations

import gzip
import io
import zlib

import pytest
from formats.record_making import packed

from earmark.formats.records import BrokenError, Read
from earmark.formats.unpacking import PIECE, unpacked

DATA = bytes(range(256)) * 500


def reading(data: bytes) -> Read:
    return io.BytesIO(data).read


def whole(read: Read, *, size: int = 1000) -> bytes:
    pieces = []
    while piece := read(size):
        assert len(piece) <= size
        pieces.append(piece)
    assert read(size) == b""
    return b"".join(pieces)


@pytest.mark.parametrize("data", [b"", b"x", DATA])
def test_packed_or_not_the_bytes_are_the_same(data: bytes) -> None:
    for stored in (data, gzip.compress(data), zlib.compress(data)):
        assert whole(unpacked(reading(stored))) == data


def test_gzip_in_several_pieces_with_zeros_behind() -> None:
    stored = gzip.compress(DATA) + bytes(700) + gzip.compress(b"more") + bytes(2 * PIECE)
    assert whole(unpacked(reading(stored))) == DATA + b"more"


def test_what_is_looked_at_is_not_gone() -> None:
    read = unpacked(reading(gzip.compress(DATA)))
    assert read.peek(1200) == DATA[:1200]
    assert read(5) == DATA[:5]
    assert read.peek(3) == DATA[5:8]
    assert whole(read) == DATA[5:]
    assert read.peek(9) == b""


def test_a_record_may_begin_as_gzip_does() -> None:
    record = bytes(0x088B1F)
    stored = packed([record])
    assert stored.startswith(b"\x1f\x8b\x08")
    assert whole(unpacked(reading(stored)), size=1 << 20) == stored


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (gzip.compress(DATA)[:-300], "break off"),
        (gzip.compress(DATA)[:15], "break off"),
        (gzip.compress(DATA)[:-8] + bytes(8), "are damaged"),
        (gzip.compress(DATA) + b"rubbish", "are damaged"),
        (b"\x1f\x8b\x08" + b"rubbish" * 9, "are damaged"),
    ],
)
def test_damage_is_told_after_what_came_before_it(stored: bytes, message: str) -> None:
    read = unpacked(reading(stored))
    pieces = []
    with pytest.raises(BrokenError, match=message):  # noqa: PT012, the loop is the reading
        while piece := read(1000):
            pieces.append(piece)
    assert DATA.startswith(b"".join(pieces))
    assert read(10) == b"", "it is told once"
