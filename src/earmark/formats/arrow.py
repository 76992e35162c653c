"""The one Arrow schema of embedding sets, which Parquet and Lance files share.

======= ========================= ==================================================================
column  type                      what
======= ========================= ==================================================================
id      string                    one for each clip: AudioSet's ``video_id``, a recording's name
start   float64, may be null      where it begins in its recording, in seconds; null where unknown
end     float64, may be null      where it ends
frames  fixed-size binary [1280]  quantised embeddings: ten frames of 128 bytes, zero beyond length
length  uint8                     how many frames there are, 1 to 10
labels  list of int32             the labels, in the order in which the clip names them
======= ========================= ==================================================================

The schema's metadata has ``earmark.format``, 1; ``earmark.identity``, the embedder's as JSON; and
``earmark.labels``, a JSON array with an id and a name for each label, missing where unknown.

Frames are binary and not a list of numbers because nobody asks a database for the 37th byte of an
embedding: one reads all 1280 at once, into NumPy, without a copy. Parquet would keep every byte of
a list as a number of its own, which takes five to twenty times as long to write and to read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from earmark.embedders.identity import AUDIOSET, Identity
from earmark.errors import DataError
from earmark.formats.embedding_set import CLIP_FRAMES, FRAME_SIZE, EmbeddingSet
from earmark.formats.sieve import Sieve
from earmark.ontology import Label

__all__ = ["CLIP_BYTES", "Stated", "schema_of", "to_batch", "to_set"]

CLIP_BYTES = CLIP_FRAMES * FRAME_SIZE
_FORMAT = "1"
_LABELS = pa.list_(pa.field("item", pa.int32(), nullable=False))
_FIELDS = (
    pa.field("id", pa.string(), nullable=False),
    pa.field("start", pa.float64()),
    pa.field("end", pa.float64()),
    pa.field("frames", pa.binary(CLIP_BYTES), nullable=False),
    pa.field("length", pa.uint8(), nullable=False),
    pa.field("labels", _LABELS, nullable=False),
)
_NEEDED = ("id", "frames", "length")


@dataclass(frozen=True)
class Stated:
    """What a file says of all its clips at once."""

    identity: Identity
    """The embedder's."""
    table: tuple[Label, ...] | None
    """What the labels mean; None if the file does not say."""
    columns: tuple[str, ...]
    """Which columns of ours it has."""

    @classmethod
    def of(cls, schema: pa.Schema, *, where: str, given: Identity | None) -> Stated:
        """Read a file's schema.

        Parameters
        ----------
        schema : pyarrow.Schema
        where : str
            The file, for errors.
        given : Identity or None
            The embedder, where the file does not say.

        Raises
        ------
        DataError
            If a column is missing, or what is said makes no sense.
        ModelError
            If the file says that another embedder made it.
        """
        missing = [name for name in _NEEDED if name not in schema.names]
        if missing:
            raise DataError(
                f"{where} has no column {' and no column '.join(missing)}; "
                f"there are {', '.join(schema.names) or 'none'}"
            )
        metadata = {
            key.decode(): value.decode("utf-8", "replace")
            for key, value in (schema.metadata or {}).items()
            if key.startswith(b"earmark.")
        }
        version = metadata.get("earmark.format", _FORMAT)
        if version != _FORMAT:
            raise DataError(
                f"{where} has format {version} and this earmark reads {_FORMAT}: update earmark"
            )
        return cls(
            identity=_identity(metadata.get("earmark.identity"), where=where, given=given),
            table=_table(metadata.get("earmark.labels"), where=where),
            columns=tuple(field.name for field in _FIELDS if field.name in schema.names),
        )


def schema_of(clips: EmbeddingSet) -> pa.Schema:
    """Return the schema for a set, with all that its metadata says."""
    metadata = {"earmark.format": _FORMAT, "earmark.identity": clips.identity.to_json()}
    if clips.table:
        both = [[label.id, label.name] for label in clips.table]
        metadata["earmark.labels"] = json.dumps(both, ensure_ascii=False)
    return pa.schema(_FIELDS, metadata=metadata)


def to_batch(clips: EmbeddingSet, schema: pa.Schema) -> pa.RecordBatch:
    """Turn clips into rows."""
    count = len(clips)
    frames = pa.py_buffer(np.ascontiguousarray(clips.frames))
    columns = [
        pa.array([_unicode(name) for name in clips.ids], pa.string()),
        pa.array(clips.starts, mask=np.isnan(clips.starts)),
        pa.array(clips.ends, mask=np.isnan(clips.ends)),
        pa.Array.from_buffers(pa.binary(CLIP_BYTES), count, [None, frames]),
        pa.array(clips.lengths),
        pa.ListArray.from_arrays(
            pa.array(clips.labels.offsets.astype(np.int32)),
            pa.array(clips.labels.values),
            type=_LABELS,
        ),
    ]
    return pa.record_batch(columns, schema=schema)


def to_set(
    batch: pa.RecordBatch, sieve: Sieve, *, table: tuple[Label, ...], identity: Identity
) -> EmbeddingSet:
    """Turn rows into clips, without those that are damaged.

    Raises
    ------
    DataError
        If a column has a type that cannot be read as what it is to be.
    """
    count = len(batch)
    frames = _frames(_column(batch, "frames"), sieve)
    ids = _cast(batch, "id", pa.string(), sieve)
    sieve.drop(_nulls(ids), "has no id")
    lengths = pc.fill_null(_cast(batch, "length", pa.int64(), sieve), 0)
    if "labels" in batch.schema.names:
        lists = _cast(batch, "labels", pa.list_(pa.int32()), sieve)
        counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
        values = pc.fill_null(lists.flatten(), -1).to_numpy(zero_copy_only=False)
    else:
        counts, values = np.zeros(count, np.int64), np.empty(0, np.int32)
    return sieve.assemble(
        frames=frames,
        lengths=lengths.to_numpy(zero_copy_only=False),
        ids=ids.to_pylist(),
        starts=_times(batch, "start", sieve),
        ends=_times(batch, "end", sieve),
        labels=sieve.labels(values, counts),
        table=table,
        identity=identity,
    )


def _frames(column: pa.Array, sieve: Sieve) -> NDArray[np.uint8]:
    """Read the embeddings; programs that know no fixed size write them as binary of any size."""
    count = len(column)
    sieve.drop(_nulls(column), "has no frames")
    if column.type == pa.binary(CLIP_BYTES):
        _, data = column.buffers()
        flat = np.frombuffer(data, np.uint8, count * CLIP_BYTES, column.offset * CLIP_BYTES)
        return flat.reshape(count, CLIP_FRAMES, FRAME_SIZE)
    try:
        rows: list[bytes | None] = column.cast(pa.large_binary()).to_pylist()
    except pa.ArrowException as error:
        raise DataError(
            f"{sieve.path}: frames is {column.type}; it must be binary, {CLIP_BYTES} bytes a clip"
        ) from error
    sizes = np.array([len(row or b"") for row in rows], np.int64)
    sieve.drop(sizes != CLIP_BYTES, f"has frames of another size than {CLIP_BYTES} bytes")
    empty = bytes(CLIP_BYTES)
    whole = b"".join(row if row and len(row) == CLIP_BYTES else empty for row in rows)
    return np.frombuffer(whole, np.uint8).reshape(count, CLIP_FRAMES, FRAME_SIZE)


def _times(batch: pa.RecordBatch, name: str, sieve: Sieve) -> NDArray[np.float64]:
    if name not in batch.schema.names:
        return np.full(len(batch), np.nan)
    column = _cast(batch, name, pa.float64(), sieve)
    times: NDArray[np.float64] = pc.fill_null(column, np.nan).to_numpy(zero_copy_only=False)
    return times


def _cast(batch: pa.RecordBatch, name: str, wanted: pa.DataType, sieve: Sieve) -> pa.Array:
    column = _column(batch, name)
    try:
        return column.cast(wanted)
    except pa.ArrowException as error:
        raise DataError(
            f"{sieve.path}: {name} is {column.type} and cannot be read as {wanted}"
        ) from error


def _column(batch: pa.RecordBatch, name: str) -> pa.Array:
    column = batch.column(name)
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _nulls(column: pa.Array) -> NDArray[np.bool_]:
    nulls: NDArray[np.bool_] = column.is_null().to_numpy(zero_copy_only=False)
    return nulls


def _identity(text: str | None, *, where: str, given: Identity | None) -> Identity:
    if text is None:
        return given or AUDIOSET
    stated = Identity.parse(_json(text, "earmark.identity", where), where=where)
    if given is not None:
        given.require(stated, what=where)
    return stated


def _table(text: str | None, *, where: str) -> tuple[Label, ...] | None:
    if text is None:
        return None
    both = _json(text, "earmark.labels", where)
    try:
        return tuple(Label(index, str(id_), str(name)) for index, (id_, name) in enumerate(both))
    except (TypeError, ValueError) as error:
        raise DataError(f"{where}: its earmark.labels is no list of ids and names") from error


def _json(text: str, key: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise DataError(f"{where}: its metadata {key} is no JSON") from error


def _unicode(name: str) -> str:
    r"""Write a name that is no Unicode, as a file's may be, with its odd bytes as ``\xe9``."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
