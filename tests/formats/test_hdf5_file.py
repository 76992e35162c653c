"""The file that HDF5 writes to."""

from __future__ import annotations

import io
import signal
from pathlib import Path

import h5py
import numpy as np
import pytest

from earmark.formats.hdf5_file import ForgivingFile, creating, uninterrupted

FULL = Path("/dev/full")


def test_it_is_a_file_like_others(tmp_path: Path) -> None:
    with ForgivingFile(tmp_path / "a") as file, io.BytesIO() as other:
        for either in (file, other):
            either.seek(5)
            either.write(b"abc")
            either.seek(1)
            either.write(b"xy")
            either.seek(-1, io.SEEK_END)
            either.write(b"CD")
            either.seek(0)
            either.seek(2, io.SEEK_CUR)
        found = bytearray(20)
        assert file.readinto(found) == 20
        assert bytes(found).startswith(other.read())
        assert file.tell() == 22
        file.check()
    assert (tmp_path / "a").read_bytes() == b"\0xy\0\0abCD"


def test_what_has_no_room_is_read_back_all_the_same() -> None:
    with ForgivingFile(FULL) as file:
        for place, data in ((0, b"there"), (3, b"later"), (20, b"far"), (4, b"!")):
            file.seek(place)
            assert file.write(data) == len(data)
        assert file.seek(0, io.SEEK_END) == 23
        assert file.truncate(9) == 9
        file.seek(0)
        found = bytearray(23)
        file.readinto(found)
        assert bytes(found) == b"thel!ter" + bytes(12) + b"far"
        with pytest.raises(OSError, match="No space left"):
            file.check()


def test_a_full_disk_is_told_when_the_file_is_closed() -> None:
    def write() -> None:
        with creating(FULL) as (file, _):
            file["x"] = np.arange(1000)

    with pytest.raises(OSError, match="No space left"):
        write()


def test_what_is_written_is_an_hdf5_file(tmp_path: Path) -> None:
    with creating(tmp_path / "a.h5") as (file, disk):
        file["x"] = np.arange(1000)
        disk.check()
    with h5py.File(tmp_path / "a.h5") as file:
        np.testing.assert_array_equal(file["x"], np.arange(1000))


def test_ctrl_c_waits() -> None:
    done = []

    def work() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
