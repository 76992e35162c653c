"""TFRecord's framing: records, lengths and checksums."""

from __future__ import annotations

import io
import struct
import sys

import pytest
from formats.record_making import Told, packed
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.errors import UsageError
from earmark.formats.records import HEADER, BrokenError, Framing, checksum, crc32c, frame

RECORDS = [bytes([number]) * (200 + 3 * number) for number in range(12)]
FILE = packed(RECORDS)
BEGINS = [sum(len(record) + 16 for record in RECORDS[:number]) for number in range(13)]


def taken(data: bytes, *, block: int = 1 << 20) -> tuple[list[bytes], Told]:
    """Read records, `block` bytes at a time."""
    file, told = io.BytesIO(data), Told()
    found: list[bytes] = []
    runs = Framing().runs(lambda _: file.read(block), path="some.tfrecord", on_damage=told)
    for offsets, run in runs:
        for offset, record in zip(offsets, run, strict=True):
            assert data[offset + HEADER : offset + HEADER + len(record)] == record
        found += run
    return found, told


def bitwise(data: bytes) -> int:
    """Compute CRC-32C as it is defined, bit by bit: the polynomial 0x1EDC6F41, reflected."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


@given(st.binary(max_size=40))
def test_the_checksum_is_crc32c_turned_by_15_bits(data: bytes) -> None:
    crc = bitwise(data)
    assert crc32c()(data) == crc
    turned = crc >> 15 | crc << 17 & 0xFFFFFFFF
    assert checksum(data, crc=crc32c()) == (turned + 0xA282EAD8) % 2**32


def test_known_checksums() -> None:
    assert crc32c()(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4
    assert frame(b"", crc=crc32c()) == bytes(8) + bytes.fromhex("29039807 d8ea82a2")


@pytest.mark.parametrize("block", [1, 7, 100, 1000, 1 << 20])
def test_blocks_of_any_size_give_the_same(block: int) -> None:
    assert taken(FILE, block=block) == (RECORDS, [])


def test_an_empty_file_has_no_records() -> None:
    assert taken(b"") == ([], [])


def test_a_record_may_be_empty() -> None:
    assert taken(packed([b"", b"x"])) == ([b"", b"x"], [])


@pytest.mark.parametrize("block", [1, 100, 1 << 20])
@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (0, "its length does not match its checksum"),
        (7, "its length does not match its checksum"),
        (9, "its length does not match its checksum"),
        (50, "its data do not match their checksum"),
        (-2, "its data do not match their checksum"),
    ],
)
def test_one_damaged_record_is_left_out(at: int, reason: str, block: int) -> None:
    data = bytearray(FILE)
    data[at + BEGINS[5 if at < 0 else 4]] ^= 4
    found, told = taken(bytes(data), block=block)
    assert found == [*RECORDS[:4], *RECORDS[5:]]
    ((damage,),) = [told]
    assert (damage.path, damage.offset, damage.reason) == ("some.tfrecord", BEGINS[4], reason)


@pytest.mark.parametrize("block", [1, 100, 1 << 20])
def test_after_lost_or_added_bytes_it_goes_on_at_the_next_record(block: int) -> None:
    lost = FILE[: BEGINS[3] + 100] + FILE[BEGINS[3] + 130 :]
    found, told = taken(lost, block=block)
    assert found == [*RECORDS[:3], *RECORDS[4:]]
    assert [damage.offset for damage in told] == [BEGINS[3]]
    added = FILE[: BEGINS[3]] + bytes(500) + FILE[BEGINS[3] :]
    found, told = taken(added, block=block)
    assert found == RECORDS
    assert [damage.offset for damage in told] == [BEGINS[3]]


@pytest.mark.parametrize("end", [1, 11, 12, 100, 211, 215])
def test_a_file_that_breaks_off(end: int) -> None:
    found, told = taken(FILE[: BEGINS[4] + end])
    assert found == RECORDS[:4]
    assert [str(damage) for damage in told] == [f"some.tfrecord at byte {BEGINS[4]}: it breaks off"]


def test_a_file_of_another_kind() -> None:
    found, told = taken(b"RIFF....WAVEfmt " * 1000)
    assert not found
    assert told.reasons == ["its length does not match its checksum: is this a TFRecord file?"]
    assert taken(bytes(1 << 21))[1].reasons == told.reasons
    assert taken(b"short")[1].reasons == ["it breaks off: is this a TFRecord file?"]


def test_a_record_too_long_to_be_a_clip_is_not_waited_for() -> None:
    length = struct.pack("<Q", 1 << 40)
    header = length + struct.pack("<I", checksum(length, crc=crc32c()))
    found, told = taken(packed(RECORDS[:2]) + header + FILE)
    assert found == RECORDS[:2] + RECORDS
    assert told.reasons == ["its 1099511627776 bytes are too many for a clip"]


def test_a_file_that_cannot_be_read_on_keeps_what_came() -> None:
    blocks = iter([FILE[: BEGINS[6] + 30]])

    def read(_: int) -> bytes:
        try:
            return next(blocks)
        except StopIteration:
            raise BrokenError("the disk is gone") from None

    told = Told()
    runs = list(Framing().runs(read, path="a", on_damage=told))
    assert [record for _, run in runs for record in run] == RECORDS[:6]
    assert [(damage.offset, damage.reason) for damage in told] == [(BEGINS[6], "the disk is gone")]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_nothing_but_what_was_written_comes_out_of_a_damaged_file(data: st.DataObject) -> None:
    damaged = bytearray(FILE)
    for at in data.draw(st.lists(st.integers(0, len(FILE) - 1), max_size=4)):
        damaged[at] ^= data.draw(st.integers(1, 255))
    begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(FILE))] * 2)))
    shortened = data.draw(st.booleans())
    if shortened:
        del damaged[begin:end]
    found, told = taken(bytes(damaged), block=data.draw(st.sampled_from([13, 1 << 20])))
    assert all(record in RECORDS for record in found)
    assert found == RECORDS or told or shortened


def test_without_the_library_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crc32c.cache_clear()
    monkeypatch.setitem(sys.modules, "google_crc32c", None)
    with pytest.raises(UsageError, match=r"google-crc32c: pip install 'earmark\[formats\]'"):
        Framing()
