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
earmark/label_ids   bytes [classes]        what the labels mean; missing where unknown
earmark/label_names bytes [classes]        likewise, both in UTF-8
=================== ====================== =========================================================

The group ``earmark`` has the attributes ``format``, 1, and ``identity``, the embedder's as JSON.

A file without that group is read as Kong packed it. He fills short clips up to ten frames, in an
answer "with silence" (https://github.com/qiuqiangkong/audioset_classification/issues/5); his packer
is not public. Frames of zeros at a clip's end are taken for padding: no frame of AudioSet's
released embeddings is all zero, so nothing that was heard is lost. Where silence was embedded
instead, those frames cannot be told from others and count as heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import h5py

from earmark.embedders.identity import Identity
from earmark.errors import DataError, first_line
from earmark.formats.chunking import rechunk
from earmark.formats.embedding_set import EmbeddingSet, OnDamage
from earmark.formats.hdf5_file import creating, uninterrupted
from earmark.formats.hdf5_reading import Reader
from earmark.formats.hdf5_writing import BATCH, Writer
from earmark.formats.whole import replacing

__all__ = ["stream", "write"]


def stream(
    path: Path | str,
    *,
    chunk: int = BATCH,
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
        reason = "there is no such file" if not Path(path).is_file() else first_line(error)
        raise DataError(f"{path} cannot be read as HDF5: {reason}") from error
    with file:
        try:
            yield from Reader(file, str(path), identity=identity).chunks(chunk, on_damage)
        except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
            # What h5py makes of damage to the structure of a file, as opposed to its data.
            raise DataError(f"{path} is damaged: {first_line(error)}") from error


def write(path: Path, chunks: Iterable[EmbeddingSet]) -> None:
    """Write a set as it comes; the file appears when it is complete.

    Raises
    ------
    DataError
        If it cannot be written, as on a full disk, or `chunks` do not belong together.
    """
    pieces = rechunk(chunks, size=BATCH)
    with replacing(path) as part, creating(part) as (file, disk):
        first = next(pieces)
        with uninterrupted():
            writer = Writer(file, first)
        for piece in chain([first], pieces):
            with uninterrupted():
                writer.add(piece)
            disk.check()
