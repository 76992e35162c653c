"""Embedding sets as Lance folders; `earmark.formats.arrow` has the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import lance
import pyarrow as pa
import pyarrow.compute as pc

from earmark.embedders.identity import Identity
from earmark.errors import DataError, first_line
from earmark.formats.arrow import Stated, schema_of, to_batch, to_set
from earmark.formats.chunking import default_table, rechunk
from earmark.formats.embedding_set import EmbeddingSet, OnDamage
from earmark.formats.sieve import Sieve
from earmark.formats.whole import replacing_folder
from earmark.ontology import Label

__all__ = ["stream", "write"]

_BATCH = 4096
_BUFFER = 32 << 20
"""How many bytes Lance may read ahead; left to itself it takes two gigabytes."""
_CACHE = 1 << 20
"""And how many of each column it may hold back while it writes."""
_FRAGMENT = 131_072
"""Clips in one of the files of the folder: what is lost, at most, where one is damaged."""


def stream(
    path: Path | str,
    *,
    chunk: int = _BATCH,
    identity: Identity | None = None,
    on_damage: OnDamage | None = None,
) -> Iterator[EmbeddingSet]:
    """Read a folder piece by piece.

    Parameters
    ----------
    path : Path or str
    chunk : int
        How many clips to give at once, at most.
    identity : Identity, optional
        The embedder, where the folder does not say; AudioSet's if not given.
    on_damage : callable, optional
        Is told of clips that cannot be read, which are left out.

    Yields
    ------
    EmbeddingSet

    Raises
    ------
    DataError
        If the folder is missing, is not Lance's or lacks a column; if something in it is damaged
        and `on_damage` is not given.
    ModelError
        If the folder says that another embedder made it.
    """
    if not Path(path).is_dir():
        raise DataError(f"{path}: there is no such folder")
    try:
        dataset = lance.dataset(str(path))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as Lance: {first_line(error)}") from error
    stated = Stated.of(dataset.schema, where=str(path), given=identity)
    table = _assumed_table(dataset, stated) if stated.table is None else stated.table
    at = 0
    for fragment in dataset.get_fragments():
        ends = at + fragment.count_rows()
        for batch in _batches(dataset, fragment, stated, size=chunk):
            if isinstance(batch, Exception):
                lost = f"clips {at} to {ends - 1} cannot be read: {first_line(batch)}"
                Sieve(str(path), at, 0, on_damage).tell(lost)
                break
            sieve = Sieve(str(path), at, len(batch), on_damage)
            yield to_set(batch, sieve, table=table, identity=stated.identity)
            at += len(batch)
        at = ends
    if not at:
        yield EmbeddingSet.empty(identity=stated.identity, table=table)


def write(path: Path, chunks: Iterable[EmbeddingSet]) -> None:
    """Write a set as it comes; the folder appears when it is complete.

    Raises
    ------
    DataError
        If it cannot be written, as on a full disk or over a folder of something else, or `chunks`
        do not belong together.
    """
    pieces = rechunk(chunks, size=_BATCH)
    failed: list[BaseException] = []

    def batches(first: EmbeddingSet, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        try:
            for piece in chain([first], pieces):
                yield to_batch(piece, schema)
        except BaseException as error:  # Lance would make an OSError with a page of text of it
            failed.append(error)
            raise

    with replacing_folder(path, ours=_is_lance) as part:
        first = next(pieces)
        schema = schema_of(first)
        reader = pa.RecordBatchReader.from_batches(schema, batches(first, schema))
        try:
            lance.write_dataset(
                reader,
                str(part),
                mode="create",
                max_rows_per_file=_FRAGMENT,
                data_cache_bytes=_CACHE,
            )
        except OSError:
            if failed:
                raise failed[0] from None
            raise


def _batches(
    dataset: lance.LanceDataset, fragment: lance.LanceFragment, stated: Stated, *, size: int
) -> Iterator[pa.RecordBatch | Exception]:
    """Yield the rows of one fragment and, where they cannot be read on, why."""
    try:
        yield from dataset.scanner(
            columns=list(stated.columns),
            fragments=[fragment],
            batch_size=size,
            batch_readahead=1,
            io_buffer_size=_BUFFER,
            scan_in_order=True,
        ).to_batches()
    except (OSError, ValueError, pa.ArrowException) as error:
        yield error


def _assumed_table(dataset: lance.LanceDataset, stated: Stated) -> tuple[Label, ...]:
    """Look which labels there are, of a folder that does not say what they mean."""
    top = -1
    if "labels" in stated.columns:
        for batch in dataset.to_batches(columns=["labels"]):
            top = max(top, pc.max(pc.list_flatten(batch.column(0))).as_py() or -1)
    return default_table(top)


def _is_lance(folder: Path) -> bool:
    return (folder / "_versions").is_dir()
