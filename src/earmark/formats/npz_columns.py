"""Arrays of a ``.npz`` file, read and written row by row, so that none need be held whole."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import islice
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from earmark.errors import DataError

__all__ = ["Column", "Columns"]

_IN_MEMORY = 2 << 20
_BLOCK = 4096
_Shape = tuple[int, ...]


class Column:
    """One array of a file, read from its first row to its last.

    Parameters
    ----------
    archive : ZipFile
    name : str
        The array's.
    kind : str
        Which kinds of numbers it may hold, as NumPy's letters: ``u``, ``f``, ``iu``, ``U``.
    shape : tuple of int
        What its shape must be, but for the first dimension.

    Raises
    ------
    KeyError
        If there is no such array.
    ValueError
        If it is of another kind or shape.
    """

    def __init__(self, archive: zipfile.ZipFile, name: str, kind: str, shape: _Shape = ()) -> None:
        self._file = archive.open(f"{name}.npy")
        full, fortran, dtype = _read_header(self._file)
        if dtype.kind not in kind or full[1:] != shape or not full or (fortran and len(full) > 1):
            raise ValueError(f"{name} is {dtype} {list(full)}")
        self._dtype = dtype
        self._shape = shape
        self.name = name
        self.left = full[0]
        """How many rows are still to come."""

    def take(self, count: int) -> NDArray[Any]:
        """Read the next rows: as many as asked for, or as there are.

        Raises
        ------
        EOFError, ValueError, BadZipFile
            If the file is damaged.
        """
        count = min(count, self.left)
        size = count * self._dtype.itemsize * int(np.prod(self._shape))
        data = self._file.read(size)
        if len(data) != size:
            raise EOFError(f"{self.name} breaks off")
        self.left -= count
        if not self.left and self._file.read(1):  # at its end a zip file compares checksums
            raise ValueError(f"{self.name} is longer than it says")
        return np.frombuffer(data, self._dtype).reshape(count, *self._shape)

    def highest(self) -> int:
        """Read all of it and return the highest number; -1 if there is none above it."""
        top = -1
        while self.left:
            top = max(top, int(self.take(_BLOCK).max(initial=-1)))
        return top


class Columns:
    """Arrays that grow, and are put into a ``.npz`` at the end.

    They wait in temporary files, as a ``.npz`` holds one array after the other.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._numbers: dict[str, _Numbers] = {}
        self._texts: dict[str, _Texts] = {}

    def close(self) -> None:
        """Remove the temporary files."""
        self._stack.close()

    def append(self, **rows: NDArray[Any]) -> None:
        """Make arrays of numbers longer, or begin them."""
        for name, more in rows.items():
            if name not in self._numbers:
                self._numbers[name] = _Numbers(self._temporary(), more.dtype, more.shape[1:])
            self._numbers[name].append(more)

    def append_text(self, **rows: Iterable[str]) -> None:
        """Make arrays of text longer, or begin them."""
        for name, more in rows.items():
            if name not in self._texts:
                self._texts[name] = _Texts(self._temporary())
            self._texts[name].append(more)

    def write(self, archive: zipfile.ZipFile, **more: NDArray[Any]) -> None:
        """Put all of them, and some that did not grow, into an archive."""
        columns: dict[str, _Numbers | _Texts] = {**self._numbers, **self._texts}
        for name, column in columns.items():
            with _member(archive, name) as member:
                column.write(member)
        for name, array in more.items():
            with _member(archive, name) as member:
                npy.write_array(member, array, allow_pickle=False)

    def _temporary(self) -> IO[bytes]:
        return self._stack.enter_context(tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))


class _Numbers:
    def __init__(self, file: IO[bytes], dtype: np.dtype[Any], shape: _Shape) -> None:
        self._file, self._dtype, self._shape = file, dtype, shape
        self._count = 0

    def append(self, rows: NDArray[Any]) -> None:
        self._file.write(np.ascontiguousarray(rows, self._dtype).tobytes())
        self._count += len(rows)

    def write(self, member: IO[bytes]) -> None:
        _write_header(member, self._dtype, (self._count, *self._shape))
        self._file.seek(0)
        shutil.copyfileobj(self._file, member, 1 << 20)


class _Texts:
    """NumPy's texts are all as long as the longest, so they are kept otherwise until the end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._count, self._longest = 0, 1

    def append(self, rows: Iterable[str]) -> None:
        for text in rows:
            if text.endswith("\0"):
                raise DataError(f"{text!r} ends in a zero byte, which a .npz file cannot hold")
            self._file.write(json.dumps(text).encode() + b"\n")
            self._count += 1
            self._longest = max(self._longest, len(text))

    def write(self, member: IO[bytes]) -> None:
        dtype = np.dtype(f"<U{self._longest}")
        _write_header(member, dtype, (self._count,))
        self._file.seek(0)
        while lines := list(islice(self._file, _BLOCK)):
            member.write(np.array([json.loads(line) for line in lines], dtype).tobytes())


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    # Without a time in it, the same embeddings always make the same file.
    return archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True)


def _read_header(file: IO[bytes]) -> tuple[_Shape, bool, np.dtype[Any]]:
    version = npy.read_magic(file)
    if version == (1, 0):
        return npy.read_array_header_1_0(file)
    return npy.read_array_header_2_0(file)


def _write_header(file: IO[bytes], dtype: np.dtype[Any], shape: _Shape) -> None:
    header = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(file, header)
