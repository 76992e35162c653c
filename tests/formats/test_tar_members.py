"""Tar archives read forward, against what the standard library writes."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.formats.records import BrokenError
from earmark.formats.tar_members import is_tar, members

FILES = {
    "plain.tfrecord": b"a" * 1000,
    "./folder/empty": b"",
    "folder/" + "deep/" * 19 + "prefixed": b"b" * 512,
    "long/" * 60 + "name.tfrecord": b"c" * 5000,
    "Krähe.tfrecord": b"d" * 3,
}
FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]


def archive(files: dict[str, bytes], *, kind: int = tarfile.GNU_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=kind) as tar:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "long/" * 60
        if kind != tarfile.USTAR_FORMAT:
            tar.addfile(link)
    return file.getvalue()


def read_all(data: bytes, *, block: int = 1 << 20) -> dict[str, bytes]:
    file = io.BytesIO(data)
    found = {}
    for member in members(lambda size: file.read(min(size, block))):
        found[member.name] = b"".join(iter(lambda read=member.read: read(700), b""))  # type: ignore[misc]
    return found


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("block", [1, 500, 1 << 20])
def test_all_files_of_each_kind_of_archive(kind: int, block: int) -> None:
    short = {name: data for name, data in FILES.items() if len(name) < 256}
    files = short if kind == tarfile.USTAR_FORMAT else FILES
    data = archive(files, kind=kind)
    expected = {name.removeprefix("./"): content for name, content in files.items()}
    assert read_all(data, block=block) == expected
    assert is_tar(data)


def test_files_may_be_left_unread() -> None:
    stream = io.BytesIO(archive(FILES))
    names = []
    for member in members(stream.read):
        names.append(member.name)
        assert len(member.read(100)) <= 100
    assert len(names) == len(FILES)


def test_sizes_that_only_attributes_tell() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("a")
        info.size = 3
        info.pax_headers = {"size": "3", "path": "b", "comment": "=\n "}
        tar.addfile(info, io.BytesIO(b"abc"))
    data = bytearray(file.getvalue())
    assert read_all(bytes(data)) == {"b": b"abc"}


def test_what_is_no_archive() -> None:
    for data in (b"", bytes(512), b"RIFF" * 300, FILES["plain.tfrecord"]):
        assert not is_tar(data)


@pytest.mark.parametrize("end", [-10_240, 100, 512, 1024, 1100, 4000])
def test_an_archive_that_breaks_off(end: int) -> None:
    data = archive({f"file-{number}": bytes([number]) * 900 for number in range(4)})
    data = data.rstrip(b"\0")
    with pytest.raises(BrokenError, match="the archive breaks off"):
        read_all(data[: end if end > 0 else None])


def test_a_damaged_header_is_not_the_end() -> None:
    data = bytearray(archive(FILES))
    data[512 + 3] ^= 1  # the first file's name
    with pytest.raises(BrokenError, match="the archive is damaged"):
        read_all(bytes(data))


def header(kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo("some")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (header(tarfile.XHDTYPE, 1 << 40), "has a header of 1099511627776 bytes"),
        (header(tarfile.GNUTYPE_LONGNAME, 1 << 21), "has a header of 2097152 bytes"),
        (header(tarfile.GNUTYPE_SPARSE, 5), "is stored with holes in it"),
        (header(tarfile.XHDTYPE, 20) + b"x path=a".ljust(512, b"\0"), "is damaged"),
        (header(tarfile.XHDTYPE, 20) + b"99 path=a".ljust(512, b"\0"), "is damaged"),
        (header(tarfile.XHDTYPE, 20) + b"0 path=a".ljust(512, b"\0"), "is damaged"),
    ],
)
def test_hostile_headers(data: bytes, message: str) -> None:
    with pytest.raises(BrokenError, match=message):
        read_all(data + bytes(1024))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_archive_gives_what_was_in_it_or_an_error(data: st.DataObject) -> None:
    kinds = st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    damaged = bytearray(archive(FILES, kind=data.draw(kinds)))
    for at in data.draw(st.lists(st.integers(0, 9000), max_size=3)):
        damaged[at] = data.draw(st.integers(0, 255))
    try:
        found = read_all(bytes(damaged))
    except BrokenError:
        return
    assert len(found) <= len(FILES)
