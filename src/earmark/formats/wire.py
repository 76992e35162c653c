"""Protocol buffers on the wire: https://protobuf.dev/programming-guides/encoding.

A message is a row of fields. Each begins with a tag, its number and how its value is written: as a
varint, in 4 or 8 bytes, or as a length and as many bytes, which is how texts, packed numbers and
messages within messages are.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = [
    "DELIMITED",
    "FIXED32",
    "VARINT",
    "MalformedError",
    "Span",
    "field",
    "fields",
    "read_varint",
    "tag_of",
    "varint",
]

VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5

Span = tuple[int, int]
"""Where something begins and ends in a record, in bytes."""


class MalformedError(ValueError):
    """A record that is not what it should be; its text says why, without naming the file."""


def tag_of(number: int) -> int:
    """Return the tag of a field whose value is a message, a text or packed numbers."""
    return number << 3 | DELIMITED


def fields(record: bytes, at: int, stop: int) -> list[tuple[int, int, int]]:
    """List a message's fields.

    Parameters
    ----------
    record : bytes
    at, stop : int
        Where in it the message begins and ends.

    Returns
    -------
    list of (tag, begin, end)
        Each tag, and where its value begins and ends.

    Raises
    ------
    MalformedError
        If it is no message.
    """
    found = []
    while at < stop:
        tag, at = read_varint(record, at, stop)
        wire = tag & 7
        if wire == DELIMITED:
            size, at = read_varint(record, at, stop)
            last = at + size
        elif wire == VARINT:
            _, last = read_varint(record, at, stop)
        elif wire in (FIXED32, FIXED64):
            last = at + (4 if wire == FIXED32 else 8)
        else:
            raise MalformedError("it is no SequenceExample: it holds fields of an unknown kind")
        if last > stop or not 0 < tag >> 3 < 1 << 29:
            raise MalformedError("it is no SequenceExample: a field in it runs over its end")
        found.append((tag, at, last))
        at = last
    return found


def read_varint(record: bytes, at: int, stop: int) -> tuple[int, int]:
    """Read a number of up to 64 bits, seven in each byte: the number, and where it ends."""
    value = 0
    for place in range(at, min(stop, at + 10)):
        byte = record[place]
        value |= (byte & 127) << 7 * (place - at)
        if byte < 128:
            return value & (1 << 64) - 1, place + 1
    raise MalformedError("it is no SequenceExample: a number in it does not end")


def field(number: int, content: bytes) -> bytes:
    """Write a message, a text or packed numbers as a field."""
    return varint(tag_of(number)) + varint(len(content)) + content


@lru_cache(maxsize=1 << 14)
def varint(value: int) -> bytes:
    """Write a number that is not negative."""
    pieces = []
    while value > 127:
        pieces.append(value & 127 | 128)
        value >>= 7
    return bytes([*pieces, value])
