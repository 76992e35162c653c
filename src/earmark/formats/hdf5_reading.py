"""HDF5 files -> clips; `earmark.formats.hdf5` has their layout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from earmark.embedders.identity import AUDIOSET, Identity
from earmark.errors import DataError
from earmark.formats.chunking import default_table
from earmark.formats.embedding_set import CLIP_FRAMES, FRAME_SIZE, EmbeddingSet, Labels, OnDamage
from earmark.formats.hdf5_rows import Rows
from earmark.ontology import Label

__all__ = ["FORMAT", "Reader"]

FORMAT = 1


class Reader:
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


def _group(file: h5py.File, path: str) -> h5py.Group | None:
    """Return the group of what Kong's files do not have, if there is one."""
    # Looked for among the names: asking for it would call a damaged group a missing one.
    if "earmark" not in list(file):
        return None
    group = file["earmark"]
    if not isinstance(group, h5py.Group):
        raise DataError(f"{path} is not as earmark writes it: its earmark is no group")
    if group.attrs.get("format") != FORMAT:
        raise DataError(
            f"{path} has format {group.attrs.get('format')} and this earmark reads {FORMAT}: "
            "update earmark"
        )
    return group


def _lengths_of(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Count the frames of clips up to the last that is not all zero: uint8 [clips]."""
    there = frames.any(axis=2) * np.arange(1, CLIP_FRAMES + 1, dtype=np.uint8)
    lengths: NDArray[np.uint8] = there.max(axis=1).astype(np.uint8)
    return lengths


def _text(name: bytes | str) -> str:
    return name if isinstance(name, str) else name.decode("utf-8", "surrogateescape")
