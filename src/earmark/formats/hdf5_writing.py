"""Clips -> HDF5 files; `earmark.formats.hdf5` has their layout."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from earmark.errors import DataError
from earmark.formats.embedding_set import CLIP_FRAMES, FRAME_SIZE, EmbeddingSet
from earmark.formats.hdf5_reading import FORMAT

__all__ = ["BATCH", "Writer"]

BATCH = 4096
"""Clips written at once; all datasets' chunks divide it."""
_CLASSES = 527
_YOUTUBE_ID = 11


class Writer:
    """One file while it is written."""

    def __init__(self, file: h5py.File, first: EmbeddingSet) -> None:
        self._file = file
        extras = file.create_group("earmark")
        extras.attrs["format"] = FORMAT
        # Of a fixed length: texts of any length lie where HDF5 keeps no checksums.
        extras.attrs["identity"] = np.bytes_(first.identity.to_json().encode())
        for name, texts in (
            ("label_ids", [label.id for label in first.table]),
            ("label_names", [label.name for label in first.table]),
        ):
            if texts:
                table = np.array([_bytes(text) for text in texts], np.bytes_)
                extras.create_dataset(name, data=table, chunks=table.shape, fletcher32=True)
        classes = len(first.table) or _CLASSES
        # Embeddings hardly shrink, so only their checksums are kept; tables of yes and no do.
        self._create("x", np.uint8, (CLIP_FRAMES, FRAME_SIZE), rows=128)
        self._create("y", np.bool_, (classes,), rows=1024, wider=not first.table, compression=1)
        self._create("video_id_list", f"S{_YOUTUBE_ID}", rows=1024, compression=1)
        self._create("earmark/lengths", np.uint8, rows=1024)
        self._create("earmark/starts", np.float64, rows=1024)
        self._create("earmark/ends", np.float64, rows=1024)
        self._create("earmark/labels", np.int32, rows=1024)
        self._create("earmark/first_label", np.int64, rows=1024)
        self._create("earmark/label_count", np.int64, rows=1024)

    def add(self, piece: EmbeddingSet) -> None:
        """Write some more clips."""
        y = self._file["y"]
        top = int(piece.labels.values.max(initial=-1))
        if top >= y.shape[1]:
            y.resize(top + 1, axis=1)
        before = len(self._file["earmark/labels"])
        self._append("x", piece.frames)
        self._append("y", piece.labels.to_multi_hot(y.shape[1]))
        ids = np.array([_bytes(name) for name in piece.ids], np.bytes_)
        self._widen_ids(ids.dtype.itemsize)
        self._append("video_id_list", ids)
        self._append("earmark/lengths", piece.lengths)
        self._append("earmark/starts", piece.starts)
        self._append("earmark/ends", piece.ends)
        self._append("earmark/labels", piece.labels.values)
        self._append("earmark/first_label", piece.labels.offsets[:-1] + before)
        self._append("earmark/label_count", piece.labels.counts)

    def _widen_ids(self, width: int) -> None:
        """Make room for longer ids: Kong's have 11 bytes, and those of recordings more."""
        narrow = self._file["video_id_list"]
        if width <= narrow.dtype.itemsize:
            return
        self._file.move("video_id_list", "narrow")
        # Half as much again: then this is done a few times at most.
        wide = max(width, narrow.dtype.itemsize * 3 // 2)
        self._create("video_id_list", f"S{wide}", rows=1024, compression=1)
        for at in range(0, len(narrow), BATCH):
            self._append("video_id_list", narrow[at : at + BATCH])
        del self._file["narrow"]

    def _create(
        self,
        name: str,
        dtype: Any,
        shape: tuple[int, ...] = (),
        *,
        rows: int,
        wider: bool = False,
        compression: int | None = None,
    ) -> None:
        self._file.create_dataset(
            name,
            (0, *shape),
            dtype,
            maxshape=(None, *(None if wider else size for size in shape)),
            chunks=(rows, *shape),
            compression=compression,
            fletcher32=True,
        )

    def _append(self, name: str, rows: NDArray[Any]) -> None:
        dataset = self._file[name]
        at = len(dataset)
        dataset.resize(at + len(rows), axis=0)
        if len(rows):
            dataset[at:] = rows


def _bytes(name: str) -> bytes:
    if "\0" in name:
        raise DataError(f"{name!r} has a zero byte in it, which HDF5 cannot hold in a name")
    return name.encode("utf-8", "surrogateescape")
