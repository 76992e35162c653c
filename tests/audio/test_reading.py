"""The bytes that FFmpeg sees."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.bytestreams import Forward, Slice
from earmark.audio.limits import Limits
from earmark.audio.reading import HEAD, Reader
from earmark.errors import AudioError


class Trickle(Forward):
    """A stream that gives what it is told to, then what it has."""

    def __init__(self, data: bytes, most: int) -> None:
        self.file, self.most = io.BytesIO(data), most

    def read(self, size: int, /) -> bytes:
        return self.file.read(min(size, self.most))


def reader(file: io.BytesIO | Trickle | Slice, *, limits: Limits | None = None) -> Reader:
    return Reader(file, name="x.wav", limits=limits or Limits())


@given(st.binary(max_size=9000), st.integers(1, 5000), st.lists(st.integers(1, 6000), max_size=30))
def test_going_forward_gives_all_bytes_in_order(data: bytes, most: int, sizes: list[int]) -> None:
    source = reader(Trickle(data, most))
    assert source.head == data[:HEAD]
    got = b"".join(source.read(size) for size in sizes)
    while piece := source.read(1000):
        got += piece
    if not source.rewindable:
        assert got == data
        assert source.seek(0) == -1
        assert source.error is not None
    source.close()


@given(
    st.binary(max_size=300),
    st.integers(0, 20),
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from([0, 1, 2]), st.integers(1, 50))),
)
def test_jumping_about_is_like_a_file(
    data: bytes, before: int, moves: list[tuple[int, int, int]]
) -> None:
    outer = io.BytesIO(b"x" * before + data)
    outer.seek(before)
    plain, source = io.BytesIO(data), reader(outer)
    part = reader(Slice(io.BytesIO(b"y" * before + data + b"z" * 9), start=before, size=len(data)))
    for offset, whence, size in moves:
        offset = -min(offset, len(data)) if whence == os.SEEK_END else offset
        place = plain.seek(offset, whence)
        assert source.seek(offset, whence) == place == source.tell() == part.seek(offset, whence)
        assert source.read(size) == plain.read(size) == part.read(size)
    assert source.size() == len(data) == part.size()


def test_an_error_is_kept_and_ends_the_input() -> None:
    class Broken(Trickle):
        def read(self, size: int, /) -> bytes:
            raise OSError(5, "Input/output error")

    source = reader(Broken(b"", 1))
    assert source.read(10) == b""
    assert isinstance(source.error, OSError)


MP4 = b"\x00\x00\x00\x10ftypisom    " + b"\x00\x00\x10\x00mdat" + bytes(5000)


def test_mp4_from_a_pipe_can_be_rewound() -> None:
    with reader(Trickle(MP4, 700)) as source:
        assert source.seekable()
        assert source.read(10_000) == MP4
        assert source.seek(4) == 4
        assert source.read(4) == b"ftyp"


def test_temporary_space_is_bounded() -> None:
    with pytest.raises(AudioError, match=r"x\.wav: needs more than 0 GiB of temporary space"):
        reader(Trickle(MP4, 700), limits=Limits(spool_bytes=1000))


def test_ffmpeg_does_not_judge_by_the_name() -> None:
    assert reader(io.BytesIO(b"")).name == "input"
    assert Reader(io.BytesIO(b""), name="a/b.GSM", limits=Limits()).name == "input.gsm"
