"""Embedding sets as Parquet files; `earmark.formats.arrow` has the schema.

Rows come in groups of 4096, about 5 MB each, which is what reading and writing hold in memory.
Pages carry checksums, so that a damaged file does not go unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from earmark.embedders.identity import Identity
from earmark.errors import DataError, first_line
from earmark.formats.arrow import Stated, schema_of, to_batch, to_set
from earmark.formats.chunking import default_table, rechunk
from earmark.formats.embedding_set import EmbeddingSet, OnDamage
from earmark.formats.sieve import Sieve
from earmark.formats.whole import replacing
from earmark.ontology import Label

__all__ = ["stream", "write"]

_GROUP = 4096
_BUFFER = 1 << 20


def stream(
    path: Path | str,
    *,
    chunk: int = 4096,
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
        Is told of row groups and clips that cannot be read, which are left out.

    Yields
    ------
    EmbeddingSet

    Raises
    ------
    DataError
        If the file is missing, is no Parquet or lacks a column; if something in it is damaged and
        `on_damage` is not given.
    ModelError
        If the file says that another embedder made it.
    """
    try:
        # With a buffer, memory does not grow with the row groups, which others make large.
        file = pq.ParquetFile(path, page_checksum_verification=True, buffer_size=_BUFFER)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path} cannot be read as Parquet: {first_line(error)}") from error
    with file:
        yield from _Reader(file, str(path), identity=identity).chunks(chunk, on_damage)


def write(path: Path, chunks: Iterable[EmbeddingSet]) -> None:
    """Write a set as it comes; the file appears when it is complete.

    Raises
    ------
    DataError
        If it cannot be written, as on a full disk, or `chunks` do not belong together.
    """
    pieces = rechunk(chunks, size=_GROUP)
    settings = {"compression": "zstd", "use_dictionary": False, "write_page_checksum": True}
    with replacing(path) as part:
        first = next(pieces)
        schema = schema_of(first)
        with pq.ParquetWriter(part, schema, **settings) as writer:
            for piece in chain([first], pieces):
                writer.write_batch(to_batch(piece, schema))


class _Reader:
    """One file while it is read."""

    def __init__(self, file: pq.ParquetFile, path: str, *, identity: Identity | None) -> None:
        self._file = file
        self._path = path
        self._stated = Stated.of(file.schema_arrow, where=path, given=identity)
        self._table = self._assumed_table() if self._stated.table is None else self._stated.table

    def chunks(self, size: int, on_damage: OnDamage | None) -> Iterator[EmbeddingSet]:
        """Yield the clips, and an empty set if there are none."""
        identity = self._stated.identity
        at = 0
        for group in range(self._file.num_row_groups):
            ends = at + self._file.metadata.row_group(group).num_rows
            for batch in self._batches(group, at, size, on_damage):
                sieve = Sieve(self._path, at, len(batch), on_damage)
                yield to_set(batch, sieve, table=self._table, identity=identity)
                at += len(batch)
            at = ends
        if not at:
            yield EmbeddingSet.empty(identity=identity, table=self._table)

    def _assumed_table(self) -> tuple[Label, ...]:
        """Look which labels there are, of a file that does not say what they mean."""
        if "labels" not in self._stated.columns:
            return default_table(-1)
        top = -1
        for batch in self._file.iter_batches(columns=["labels"], use_threads=False):
            top = max(top, pc.max(pc.list_flatten(batch.column(0))).as_py() or -1)
        return default_table(top)

    def _batches(
        self, group: int, at: int, size: int, on_damage: OnDamage | None
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a group up to where it is damaged."""
        about = self._file.metadata.row_group(group)
        ends = at + about.num_rows
        batches = self._file.iter_batches(
            size, row_groups=[group], columns=list(self._stated.columns), use_threads=False
        )
        while True:
            try:
                batch = next(batches, None)
            except (OSError, pa.ArrowException) as error:
                lost = f"clips {at} to {ends - 1} cannot be read: {first_line(error)}"
                Sieve(self._path, at, 0, on_damage).tell(lost, offset=_offset(about))
                return
            if batch is None:
                return
            yield batch
            at += len(batch)


def _offset(group: pq.RowGroupMetaData) -> int:
    """Find where in the file a row group begins."""
    columns = [group.column(index) for index in range(group.num_columns)]
    begins = [column.dictionary_page_offset or column.data_page_offset for column in columns]
    return int(min(begins))
