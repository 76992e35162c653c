"""Protocol buffers on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.formats.wire import MalformedError, field, fields, read_varint, tag_of, varint


@given(st.integers(0, 2**64 - 1), st.binary(max_size=3))
def test_a_number_is_read_as_it_was_written(value: int, more: bytes) -> None:
    written = varint(value)
    assert read_varint(written + more, 0, len(written) + len(more)) == (value, len(written))


def test_known_numbers() -> None:
    assert varint(150) == b"\x96\x01"  # the example of protobuf's own description
    assert field(2, b"testing") == b"\x12\x07testing"


@given(st.lists(st.tuples(st.integers(1, 2**29 - 1), st.binary(max_size=200)), max_size=5))
def test_fields_are_listed_with_their_places(written: list[tuple[int, bytes]]) -> None:
    record = b"".join(field(number, content) for number, content in written)
    listed = fields(record, 0, len(record))
    assert [tag for tag, _, _ in listed] == [tag_of(number) for number, _ in written]
    assert [record[at:stop] for _, at, stop in listed] == [content for _, content in written]


@pytest.mark.parametrize("record", [b"\x0a\x02a", b"\x02\x00", b"\x0b", b"\x0d\0\0\0", b"\x09abc"])
def test_what_is_no_message(record: bytes) -> None:
    with pytest.raises(MalformedError, match="it is no SequenceExample: "):
        fields(record, 0, len(record))
