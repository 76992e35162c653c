"""Rows of HDF5 datasets, read as far as they can be read."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from earmark.formats.embedding_set import Labels
from earmark.formats.sieve import Sieve

__all__ = ["Rows"]


class Rows(Sieve):
    """Some rows of several datasets; a row that is damaged in one of them is left out.

    HDF5 keeps a dataset in chunks of rows, each with a checksum in what earmark writes. Where a
    chunk cannot be read, its rows are lost and no others.
    """

    @property
    def _stop(self) -> int:
        return self.first + len(self.good)

    def read(self, dataset: h5py.Dataset) -> NDArray[Any]:
        """Read the rows of one dataset; what is lost is zero, or empty."""
        try:
            return np.asarray(dataset[self.first : self._stop])
        except OSError:
            pass  # which rows it is shows when they are read chunk by chunk
        empty: Any = b"" if h5py.check_string_dtype(dataset.dtype) else 0
        found = np.full((self._stop - self.first, *dataset.shape[1:]), empty, dataset.dtype)
        size = dataset.chunks[0] if dataset.chunks else self._stop - self.first
        begin = self.first
        while begin < self._stop:
            end = min(begin - begin % size + size, self._stop)
            here = slice(begin - self.first, end - self.first)
            try:
                found[here] = dataset[begin:end]
            except OSError as error:
                if self.good[here].any():
                    self._report(dataset, begin, end, error)
                self.good[here] = False
            begin = end
        return found

    def read_ragged(
        self, firsts: NDArray[np.int64], counts: NDArray[np.int64], values: h5py.Dataset
    ) -> Labels:
        """Read what the rows have of `values`: from `firsts` on so many as `counts` says."""
        outside = (firsts < 0) | (counts < 0) | (firsts + counts > len(values))
        self.drop(outside, "is said to have labels where there are none")
        there = np.flatnonzero(self.good & (counts > 0))
        low = int(firsts[there].min(initial=len(values)))
        high = int((firsts + counts)[there].max(initial=low))
        span = Rows(self.path, low, high - low, self._on_damage)
        found = span.read(values).astype(np.int32)
        lost = np.concatenate([[0], np.cumsum(~span.good)])
        self.good[there] &= lost[firsts[there] + counts[there] - low] == lost[firsts[there] - low]
        counts = np.where(self.good, counts, 0)
        shifts = firsts - low - (np.cumsum(counts) - counts)
        places = np.arange(counts.sum()) + np.repeat(shifts, counts)
        return self.labels(found[places], counts)

    def _report(self, dataset: h5py.Dataset, begin: int, end: int, error: OSError) -> None:
        what = str(error).splitlines()[0] if str(error) else "the system does not say why"
        name = dataset.name.lstrip("/")
        reason = f"rows {begin} to {end - 1} of {name} cannot be read: {what}"
        self.tell(reason, offset=_offset(dataset, begin))


def _offset(dataset: h5py.Dataset, row: int) -> int | None:
    """Find where in the file the chunk with a row begins."""
    try:
        if dataset.chunks is None:
            place = dataset.id.get_offset()
        else:
            begin = row - row % dataset.chunks[0]
            coordinates = (begin, *(0 for _ in dataset.shape[1:]))
            place = dataset.id.get_chunk_info_by_coord(coordinates).byte_offset
    except (OSError, RuntimeError, ValueError):
        return None
    return None if place is None else int(place)
