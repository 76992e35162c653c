"""Predictions as Parquet files, with the score of every class.

======= =============================== ============================================================
column  type                            what
======= =============================== ============================================================
id      string                          one for each clip, as the embedding set has it
start   float64, may be null            where it begins in its recording, in seconds; null: unknown
end     float64, may be null            where it ends
scores  fixed-size list of float32      from 0 to 1, one for each class, in the order of the labels
======= =============================== ============================================================

The schema's metadata has ``earmark.format``, 1; ``earmark.content``, ``predictions``;
``earmark.labels``, a JSON array with an id and a name for each class; ``earmark.title``, what made
them; and ``earmark.identity``, whose embeddings were scored, as JSON, missing where unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from earmark.embedders.identity import Identity
from earmark.errors import DataError, first_line
from earmark.evaluation.clip_index import unicode_id
from earmark.evaluation.predictions import Predictions
from earmark.formats.whole import replacing
from earmark.ontology import Label

__all__ = ["stream", "write"]

_FORMAT = "1"
_CONTENT = "predictions"
_NEEDED = ("id", "scores")


def write(path: Path, chunks: Iterable[Predictions]) -> None:
    """Write predictions as they come; the file appears when it is complete.

    Raises
    ------
    DataError
        If there are no chunks, their classes differ, or the file cannot be written.
    """
    with replacing(path) as part:
        pieces = iter(chunks)
        first = next(pieces, None)
        if first is None:
            raise DataError(f"there are no predictions to write to {path}")
        schema = _schema(first)
        # Scores do not repeat, so a dictionary only takes time; their exponents do, and stand
        # together when bytes are split.
        with pq.ParquetWriter(
            part,
            schema,
            compression="zstd",
            use_dictionary=False,
            use_byte_stream_split=["scores.list.element"],
            write_page_checksum=True,
        ) as writer:
            for piece in chain([first], pieces):
                if piece.table != first.table:
                    raise DataError("predictions of different classes do not go into one file")
                if len(piece):
                    writer.write_batch(_batch(piece, schema))


def stream(
    path: Path, *, table: tuple[Label, ...] = (), chunk: int = 4096
) -> Iterator[Predictions]:
    """Read predictions piece by piece.

    Parameters
    ----------
    path : Path
    table : tuple of Label
        The classes, where the file does not say.
    chunk : int
        How many clips to give at once, at most.

    Yields
    ------
    Predictions
        One without clips if the file has none.

    Raises
    ------
    DataError
        If it is missing or damaged, lacks a column, or holds something else than predictions.
    """
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist: check the name") from None
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path} cannot be read as Parquet: {first_line(error)}") from error
    with file:
        about = _About(file.schema_arrow, path, table=table)
        if not file.metadata.num_rows:
            yield about.predictions(file.schema_arrow.empty_table())
        try:
            for batch in file.iter_batches(chunk, columns=about.columns, use_threads=False):
                yield about.predictions(batch)
        except (OSError, pa.ArrowException) as error:
            raise DataError(f"{path} is damaged: {first_line(error)}") from error


def _schema(first: Predictions) -> pa.Schema:
    both = [[label.id, label.name] for label in first.table]
    metadata = {
        "earmark.format": _FORMAT,
        "earmark.content": _CONTENT,
        "earmark.labels": json.dumps(both, ensure_ascii=False),
        "earmark.title": first.title,
    }
    if first.identity is not None:
        metadata["earmark.identity"] = first.identity.to_json()
    element = pa.field("element", pa.float32(), nullable=False)
    fields = (
        pa.field("id", pa.string(), nullable=False),
        pa.field("start", pa.float64()),
        pa.field("end", pa.float64()),
        pa.field("scores", pa.list_(element, len(first.table)), nullable=False),
    )
    return pa.schema(fields, metadata=metadata)


def _batch(piece: Predictions, schema: pa.Schema) -> pa.RecordBatch:
    flat = pa.array(np.ascontiguousarray(piece.scores).reshape(-1))
    columns = [
        pa.array([unicode_id(name) for name in piece.ids], pa.string()),
        pa.array(piece.starts, mask=np.isnan(piece.starts)),
        pa.array(piece.ends, mask=np.isnan(piece.ends)),
        pa.FixedSizeListArray.from_arrays(flat, type=schema.field("scores").type),
    ]
    return pa.record_batch(columns, schema=schema)


class _About:
    """What a file says of all its clips at once."""

    def __init__(self, schema: pa.Schema, path: Path, *, table: tuple[Label, ...]) -> None:
        self._path = path
        missing = [name for name in _NEEDED if name not in schema.names]
        if missing:
            raise DataError(
                f"{path} holds no predictions: it has no column {' and no column '.join(missing)}, "
                f"but {', '.join(schema.names) or 'none'}"
            )
        said = {
            key.decode(): value.decode("utf-8", "replace")
            for key, value in (schema.metadata or {}).items()
            if key.startswith(b"earmark.")
        }
        if said.get("earmark.format", _FORMAT) != _FORMAT:
            raise DataError(
                f"{path} has format {said['earmark.format']} and this earmark reads {_FORMAT}: "
                "update earmark"
            )
        self._table = self._labels(said["earmark.labels"]) if "earmark.labels" in said else table
        self._title = said.get("earmark.title") or path.stem
        self._identity = self._parsed_identity(said.get("earmark.identity"))
        self.columns = [name for name in ("id", "start", "end", "scores") if name in schema.names]

    def predictions(self, rows: pa.RecordBatch | pa.Table) -> Predictions:
        """Turn rows into predictions."""
        return Predictions(
            scores=self._scores(rows),
            ids=tuple(self._cast(rows, "id", pa.string()).to_pylist()),
            starts=self._times(rows, "start"),
            ends=self._times(rows, "end"),
            table=self._table,
            title=self._title,
            identity=self._identity,
        )

    def _scores(self, rows: pa.RecordBatch | pa.Table) -> NDArray[np.float32]:
        lists = self._cast(rows, "scores", pa.list_(pa.float32()))
        lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
        classes = len(self._table)
        wrong = np.flatnonzero(lengths != classes)
        if len(wrong):
            said = f"there are labels for {classes}" if classes else "nothing says of what"
            raise DataError(
                f"{self._path} has {lengths[wrong[0]]} scores for a clip, where {said}: write it "
                "with `earmark predict`, which says what its scores are scores of"
            )
        flat = pc.fill_null(lists.flatten(), np.nan).to_numpy(zero_copy_only=False)
        # Arrow's memory cannot be written to, and NumPy warns of that in places.
        return np.array(flat, np.float32).reshape(len(lists), classes)

    def _times(self, rows: pa.RecordBatch | pa.Table, name: str) -> NDArray[np.float64]:
        if name not in rows.schema.names:
            return np.full(len(rows), np.nan)
        column = pc.fill_null(self._cast(rows, name, pa.float64()), np.nan)
        return np.array(column.to_numpy(zero_copy_only=False), np.float64)

    def _cast(self, rows: pa.RecordBatch | pa.Table, name: str, wanted: pa.DataType) -> pa.Array:
        column = rows.column(name)
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        try:
            return column.cast(wanted)
        except pa.ArrowException as error:
            raise DataError(
                f"{self._path}: {name} is {column.type} and cannot be read as {wanted}"
            ) from error

    def _labels(self, text: str) -> tuple[Label, ...]:
        try:
            pairs = enumerate(json.loads(text))
            return tuple(Label(index, str(id_), str(name)) for index, (id_, name) in pairs)
        except (TypeError, ValueError) as error:
            raise DataError(
                f"{self._path}: its earmark.labels is no JSON list of ids and names"
            ) from error

    def _parsed_identity(self, text: str | None) -> Identity | None:
        if text is None:
            return None
        try:
            data: Any = json.loads(text)
        except ValueError as error:
            raise DataError(f"{self._path}: its earmark.identity is no JSON") from error
        return Identity.parse(data, where=str(self._path))
