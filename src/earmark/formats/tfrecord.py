"""Embedding sets as TFRecord files of SequenceExamples, as AudioSet's embeddings are released.

A record has a context and a list of frames:

====================== ======= ===================================================================
``video_id``           bytes   the clip's id; ``id`` as in YouTube-8M is read, too
``start_time_seconds`` float   where it begins in its recording; left out where unknown
``end_time_seconds``   float   where it ends; left out where unknown
``labels``             int64   the labels
``audio_embedding``    bytes   1 to 10 frames of 128 bytes; ``audio`` as in YouTube-8M is read, too
``earmark_identity``   bytes   what made the embeddings, as JSON; left out for AudioSet's own
``earmark_labels``     bytes   what the labels mean, as JSON, in a file's first record; left out
                               for AudioSet's 527 classes
====================== ======= ===================================================================

Times have 32 bits there: above 100 000 s they are kept to a hundredth of a second.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePath
from typing import BinaryIO, cast

import numpy as np

from earmark.embedders.identity import AUDIOSET, Identity
from earmark.errors import DataError, UsageError
from earmark.formats.chunking import default_table, rechunk
from earmark.formats.columns import Columns
from earmark.formats.embedding_set import Damage, EmbeddingSet, OnDamage
from earmark.formats.record_files import record_files
from earmark.formats.records import Framing, crc32c, frame
from earmark.formats.sequence_writing import serialise
from earmark.formats.skeletons import Reader
from earmark.formats.whole import replacing
from earmark.ontology import Label

__all__ = ["stream", "write"]

BATCH = 16_384
BATCH_BYTES = 1 << 26
"""Records that are no clips may be large; memory is not to grow with them."""


def stream(
    path: Path | str | Sequence[Path | str],
    *,
    chunk: int = 4096,
    identity: Identity | None = None,
    on_damage: OnDamage | None = None,
    split: str | None = None,
) -> Iterator[EmbeddingSet]:
    """Read TFRecord files, chunk by chunk.

    Parameters
    ----------
    path : Path, str or sequence of them
        A file; a folder, searched through all its levels; a tar archive such as AudioSet's
        ``features.tar.gz``, read as it comes; a pattern like ``bal_train/*.tfrecord``. Or several
        of these, which is faster than one after the other if they are small.
    chunk : int
        How many clips to give at once, at most.
    identity : Identity, optional
        What made the embeddings, where the records do not say; AudioSet's embedder by default.
    on_damage : callable, optional
        Told of each damaged record, while the others are read. Without it, the first is an error.
    split : str, optional
        Only what is in folders of this name, in an archive or on disk: ``bal_train``, ``eval``.

    Yields
    ------
    EmbeddingSet
        In the order of the records. A clip without an id is called after its file and its place
        in it: ``sounds:1527``.

    Raises
    ------
    DataError
        If there is nothing at `path`, a record is damaged and nobody wants to be told, or records
        mean different things by their labels.
    ModelError
        If records were made by different embedders, or by another than `identity`.
    UsageError
        If `chunk` makes no sense, or google-crc32c is not installed.
    """
    if chunk < 1:
        raise UsageError(f"chunk must be 1 or more, not {chunk}")
    tell = _refuse if on_damage is None else on_damage
    reader, said = Reader(), _Said(given=identity)
    for batch in _batches(path, size=max(chunk, BATCH), split=split, on_damage=tell):
        columns = reader.read(batch.records)
        clips = _to_set(columns, batch, said, on_damage=tell)
        for at in range(0, len(clips), chunk):
            yield clips[at : at + chunk]


def write(path: Path, chunks: Iterable[EmbeddingSet]) -> None:
    """Write a TFRecord file, compressed if its name ends in ``.gz``; it appears when complete.

    Raises
    ------
    DataError
        If it cannot be written, or the chunks have different label tables.
    ModelError
        If different embedders made the chunks.
    """
    crc, first = crc32c(), True
    with replacing(path) as part, ExitStack() as stack:
        file: BinaryIO = stack.enter_context(part.open("wb"))
        if path.suffix.lower() == ".gz":
            # Without a name and a time in it, the same clips always make the same file.
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6, mtime=0)
            file = cast(BinaryIO, stack.enter_context(packed))
        for clips in rechunk(chunks, size=BATCH):
            rows = serialise(clips, first=first)
            file.write(b"".join([frame(record, crc=crc) for record in rows]))
            first = False


@dataclass
class _Batch:
    """Some records, and where each is from."""

    records: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)

    def cut(self, size: int) -> _Batch:
        """Take the first of them away."""
        first = _Batch(self.records[:size], self.paths[:size], self.offsets[:size])
        del self.records[:size], self.paths[:size], self.offsets[:size]
        return first


def _batches(
    path: Path | str | Sequence[Path | str],
    *,
    size: int,
    split: str | None,
    on_damage: OnDamage,
) -> Iterator[_Batch]:
    framing, batch, held = Framing(), _Batch(), 0
    paths = [path] if isinstance(path, Path | str) else path
    files = (record_files(each, split=split, on_damage=on_damage) for each in paths)
    for file in chain.from_iterable(files):
        for offsets, found in framing.runs(file.read, path=file.path, on_damage=on_damage):
            batch.records += found
            batch.offsets += offsets
            batch.paths += [file.path] * len(found)
            held += sum(map(len, found))
            while len(batch.records) >= size:
                yield batch.cut(size)
                held = sum(map(len, batch.records))
            if held > BATCH_BYTES:
                yield batch
                batch, held = _Batch(), 0
    if batch.records:
        yield batch


@dataclass
class _Said:
    """What the records read so far say of the embedder and the labels."""

    given: Identity | None
    identity: Identity | None = None
    table: tuple[Label, ...] | None = None

    def hear(self, columns: Columns, batch: _Batch) -> None:
        """Take in what some more say, and refuse what does not go together."""
        for (identity, table), row in sorted(columns.notes.items(), key=lambda note: note[1]):
            what = f"the record at byte {batch.offsets[row]} of {batch.paths[row]}"
            stated = identity or self.given or AUDIOSET
            if self.given is not None:
                self.given.require(stated, what=what)
            if self.identity is None:
                self.identity = stated
            self.identity.require(stated, what=what)
            if table is not None and self.table not in (None, table):
                raise DataError(
                    f"{what} says that labels mean something else than in those before it: "
                    "read its file by itself"
                )
            self.table = self.table if table is None else table


def _to_set(columns: Columns, batch: _Batch, said: _Said, *, on_damage: OnDamage) -> EmbeddingSet:
    """Make a set of the rows that could be read, and tell of the others."""
    said.hear(columns, batch)
    labels = columns.labels()
    if said.table is None and columns.notes:
        said.table = default_table(int(labels.values.max(initial=-1)))
    if said.table:
        clips = np.repeat(np.arange(len(labels)), labels.counts)
        for row in np.unique(clips[labels.values >= len(said.table)]).tolist():
            reason = f"it has label {labels[row].max()}, beyond the {len(said.table)} there are"
            columns.failures[row] = reason
    for row, reason in sorted(columns.failures.items()):
        on_damage(Damage(batch.paths[row], batch.offsets[row], reason))
    for row in (row for row, name in enumerate(columns.ids) if not name):
        stem = PurePath(batch.paths[row]).name.partition(".")[0]
        columns.ids[row] = f"{stem}:{batch.offsets[row]}"
    return columns.to_set(labels, table=said.table or (), identity=said.identity or AUDIOSET)


def _refuse(damage: Damage) -> None:
    raise DataError(str(damage))
