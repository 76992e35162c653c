"""HDF5 as Kong's audioset_classification and IBM's code pattern pack AudioSet.

=================== ====================== =========================================================
dataset             type                   what
=================== ====================== =========================================================
x                   uint8 [n, 10, 128]     quantised embeddings, zero beyond a clip's length
y                   bool [n, classes]      which labels each clip has
video_id_list       bytes [n]              ids, in UTF-8
earmark/lengths     uint8 [n]              how many frames each clip has, 1 to 10
earmark/starts      float64 [n]            seconds; NaN where unknown
earmark/ends        float64 [n]            likewise
earmark/labels      int32 [total]          the labels of all clips, in their order, end to end
earmark/first_label int64 [n]              where in ``labels`` a clip's begin
earmark/label_count int64 [n]              and how many it has
earmark/label_ids   text [classes]         what the labels mean; missing where unknown
earmark/label_names text [classes]         likewise
=================== ====================== =========================================================

The group ``earmark`` has the attributes ``format``, 1, and ``identity``, the embedder's as JSON.

A file without that group is read as Kong packed it. He fills short clips up to ten frames, in an
answer "with silence" (https://github.com/qiuqiangkong/audioset_classification/issues/5); his packer
is not public. Frames of zeros at a clip's end are taken for padding: no frame of AudioSet's
released embeddings is all zero, so nothing that was heard is lost. Where silence was embedded
instead, those frames cannot be told from others and count as heard.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from earmark.embedders.identity import AUDIOSET, Identity
from earmark.errors import DataError
from earmark.formats.chunking import default_table, rechunk
from earmark.formats.embedding_set import CLIP_FRAMES, FRAME_SIZE, EmbeddingSet, Labels, OnDamage
from earmark.formats.hdf5_rows import Rows
from earmark.formats.whole import replacing
from earmark.ontology import Label

__all__ = ["stream", "write"]

_FORMAT = 1
_CLASSES = 527
_YOUTUBE_ID = 11
_BATCH = 4096
"""Clips written at once; all datasets' chunks divide it."""


def stream(
    path: Path | str,
    *,
    chunk: int = _BATCH,
    identity: Identity | None = None,
    on_damage: OnDamage | None = None,
) -> Iterator[EmbeddingSet]:
    """Read a file piece by piece.

    Parameters
    ----------
    path : Path or str
    chunk : int
        How many clips to give at once, at most.
    identity : Identity, optional
        The embedder, where the file does not say; AudioSet's if not given.
    on_damage : callable, optional
        Is told of clips that cannot be read, which are left out.

    Yields
    ------
    EmbeddingSet

    Raises
    ------
    DataError
        If the file is missing, is no HDF5 or lacks something; if a clip is damaged and `on_damage`
        is not given.
    ModelError
        If the file says that another embedder made it.
    """
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        reason = "there is no such file" if not Path(path).is_file() else _first_line(error)
        raise DataError(f"{path} cannot be read as HDF5: {reason}") from error
    with file:
        yield from _Reader(file, str(path), identity=identity).chunks(chunk, on_damage)


def write(path: Path, chunks: Iterable[EmbeddingSet]) -> None:
    """Write a set as it comes; the file appears when it is complete.

    Raises
    ------
    DataError
        If it cannot be written, as on a full disk, or `chunks` do not belong together.
    """
    pieces = rechunk(chunks, size=_BATCH)
    with replacing(path) as part, _created(part) as file:
        first = next(pieces)
        writer = _Writer(file, first)
        for piece in chain([first], pieces):
            writer.add(piece)


class _Reader:
    """One file while it is read."""

    def __init__(self, file: h5py.File, path: str, *, identity: Identity | None) -> None:
        self._path = path
        self._extras = _group(file, path)
        x = self._dataset(file, "x", 3)
        self._dataset(file, "y", 2)
        self._dataset(file, "video_id_list", 1)
        if x.dtype != np.uint8 or x.shape[1:] != (CLIP_FRAMES, FRAME_SIZE):
            raise DataError(
                f"{path}: x is {x.dtype} {list(x.shape)} and must be uint8 [clips, 10, 128]"
            )
        self._file = file
        self._count = len(x)
        self._identity = self._stated_identity(identity)
        self._per_clip = {"x": x, "ids": file["video_id_list"]}
        if self._extras is None:
            self._per_clip["y"] = file["y"]
        else:
            for name in ("lengths", "starts", "ends", "first_label", "label_count"):
                self._per_clip[name] = self._dataset(self._extras, name, 1)
            self._values = self._dataset(self._extras, "labels", 1)
        for dataset in self._per_clip.values():
            if len(dataset) != self._count:
                raise DataError(
                    f"{path}: {dataset.name[1:]} has {len(dataset)} rows and x has {self._count}; "
                    "whoever changed one must change all of them"
                )
        self._table = self._read_table()

    def chunks(self, size: int, on_damage: OnDamage | None) -> Iterator[EmbeddingSet]:
        """Yield the clips."""
        for at in range(0, self._count, size):
            count = min(size, self._count - at)
            yield self._chunk(Rows(self._path, at, count, on_damage))
        if not self._count:
            yield EmbeddingSet.empty(identity=self._identity, table=self._table)

    def _chunk(self, rows: Rows) -> EmbeddingSet:
        found = {name: rows.read(dataset) for name, dataset in self._per_clip.items()}
        if self._extras is None:
            labels, lengths = self._labels_of(found["y"]), _lengths_of(found["x"])
            starts = ends = np.full(len(lengths), np.nan)
            rows.drop(lengths == 0, "is empty: all its frames are zero")
        else:
            labels = rows.read_ragged(found["first_label"], found["label_count"], self._values)
            lengths, starts, ends = found["lengths"], found["starts"], found["ends"]
        return rows.assemble(
            frames=found["x"],
            lengths=lengths,
            ids=[_text(name) for name in found["ids"].tolist()],
            starts=starts,
            ends=ends,
            labels=labels,
            table=self._table,
            identity=self._identity,
        )

    def _labels_of(self, table: NDArray[Any]) -> Labels:
        """Turn rows of yes and no into lists."""
        if table.dtype != np.bool_ and not np.isin(table, (0, 1)).all():
            raise DataError(
                f"{self._path}: y holds numbers other than 0 and 1: labels are yes or no"
            )
        clips, labels = np.nonzero(table)
        return Labels.from_counts(labels.astype(np.int32), np.bincount(clips, minlength=len(table)))

    def _dataset(self, group: h5py.Group, name: str, dimensions: int) -> h5py.Dataset:
        dataset = group.get(name)
        where = f"{group.name}/{name}".lstrip("/")
        if not isinstance(dataset, h5py.Dataset):
            there = ", ".join(sorted(group)) or "none"
            raise DataError(f"{self._path} has no dataset {where}; there are {there}")
        if dataset.ndim != dimensions:
            raise DataError(
                f"{self._path}: {where} has shape {list(dataset.shape)}; it must have "
                f"{dimensions} dimension{'s' if dimensions > 1 else ''}"
            )
        return dataset

    def _stated_identity(self, given: Identity | None) -> Identity:
        if self._extras is None:
            return given or AUDIOSET
        try:
            data = json.loads(self._extras.attrs["identity"])
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise DataError(
                f"{self._path}: the attribute identity of the group earmark cannot be read"
            ) from error
        stated = Identity.parse(data, where=self._path)
        if given is not None:
            given.require(stated, what=self._path)
        return stated

    def _read_table(self) -> tuple[Label, ...]:
        if self._extras is None or "label_ids" not in self._extras:
            return default_table(self._file["y"].shape[1] - 1)
        ids = self._dataset(self._extras, "label_ids", 1)
        names = self._dataset(self._extras, "label_names", 1)
        try:
            both = zip(ids[:].tolist(), names[:].tolist(), strict=True)
            return tuple(
                Label(index, _text(id_), _text(name)) for index, (id_, name) in enumerate(both)
            )
        except (OSError, ValueError) as error:
            raise DataError(f"{self._path}: its label table cannot be read") from error


class _Writer:
    """One file while it is written."""

    def __init__(self, file: h5py.File, first: EmbeddingSet) -> None:
        self._file = file
        extras = file.create_group("earmark")
        extras.attrs["format"] = _FORMAT
        extras.attrs["identity"] = first.identity.to_json()
        if first.table:
            text = h5py.string_dtype("utf-8")
            extras["label_ids"] = np.array([label.id for label in first.table], text)
            extras["label_names"] = np.array([label.name for label in first.table], text)
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
        for at in range(0, len(narrow), _BATCH):
            self._append("video_id_list", narrow[at : at + _BATCH])
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


def _group(file: h5py.File, path: str) -> h5py.Group | None:
    """Return the group of what Kong's files do not have, if there is one."""
    group = file.get("earmark")
    if not isinstance(group, h5py.Group):
        return None
    if group.attrs.get("format") != _FORMAT:
        raise DataError(
            f"{path} has format {group.attrs.get('format')} and this earmark reads {_FORMAT}: "
            "update earmark"
        )
    return group


def _lengths_of(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Count the frames of clips up to the last that is not all zero: uint8 [clips]."""
    there = frames.any(axis=2) * np.arange(1, CLIP_FRAMES + 1, dtype=np.uint8)
    lengths: NDArray[np.uint8] = there.max(axis=1).astype(np.uint8)
    return lengths


def _bytes(name: str) -> bytes:
    if "\0" in name:
        raise DataError(f"the clip id {name!r} has a zero byte in it, which HDF5 cannot hold")
    return name.encode("utf-8", "surrogateescape")


def _text(name: bytes | str) -> str:
    return name if isinstance(name, str) else name.decode("utf-8", "surrogateescape")


@contextmanager
def _created(path: Path) -> Iterator[h5py.File]:
    """Open a file to write, and close it whatever happens."""
    file = h5py.File(path, "w")
    try:
        yield file
    except BaseException:
        # On a full disk closing fails too, and what it says does not matter: the file goes.
        with suppress(OSError, RuntimeError):
            file.close()
        raise
    file.close()


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
