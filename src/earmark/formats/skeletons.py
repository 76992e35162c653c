"""Many SequenceExamples at once.

Records of one length that keep their values in the same places differ in those values only: their
skeleton, all that is not a value, is the same. The first of its kind is read by the plain reader,
`earmark.formats.sequence_example`, and says where the values are; those with its skeleton are then
found and read by NumPy. What has a skeleton that was not seen before, or an uncommon value, is read
by the plain reader, so that the result is always what that one gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.embedders.identity import Identity
from earmark.formats.columns import Columns
from earmark.formats.embedding_set import FRAME_SIZE
from earmark.formats.sequence_example import Clip, MalformedError, Places, Span, find, read
from earmark.ontology import Label

__all__ = ["Reader", "Skeleton"]

Bytes = NDArray[np.uint8]
Rows = NDArray[np.int64]

HEAD = 12
"""So many first bytes tell in which order a record has its context: they hold the first key."""
KNOWN = 16
"""How many skeletons are kept for each length and head; of AudioSet's, hardly two share them."""
MOST_KEYS = 4096
"""Of how many lengths and heads; then they are learnt anew."""
NEW = 8
"""How many a batch may bring before the rest of it is read plainly."""


class Reader:
    """Reads batches of records, and learns their skeletons on the way."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, bytes], list[Skeleton]] = {}

    def read(self, records: Sequence[bytes]) -> Columns:
        """Read some records; the damaged ones are in the columns' ``failures``."""
        columns = Columns(len(records))
        if len(self.known) > MOST_KEYS:
            self.known.clear()
        groups: dict[tuple[int, bytes], list[int]] = {}
        for row, record in enumerate(records):
            groups.setdefault((len(record), record[:HEAD]), []).append(row)
        for key, rows in groups.items():
            block = np.frombuffer(b"".join([records[row] for row in rows]), np.uint8)
            self._read_alike(columns, np.array(rows), block.reshape(len(rows), key[0]), key)
        return columns

    def _read_alike(
        self, columns: Columns, rows: Rows, block: Bytes, key: tuple[int, bytes]
    ) -> None:
        """Read records of one length, of which `block` is uint8 [n, length]."""
        known = self.known.setdefault(key, [])
        for skeleton in known:
            rows, block = skeleton.read(columns, rows, block)
            if not len(rows):
                return
        for _ in range(NEW):
            if len(rows) < 2:
                break
            found = _read_plainly(columns, int(rows[0]), block[0].tobytes())
            new = None if found is None else Skeleton.of(block[0], *found)
            rows, block = rows[1:], block[1:]
            if new is not None:
                known[:] = [new, *known[: KNOWN - 1]]
                rows, block = new.read(columns, rows, block)
        for row, record in zip(rows.tolist(), block, strict=True):
            _read_plainly(columns, row, record.tobytes())


@dataclass(frozen=True)
class Skeleton:
    """What records of one length have in common, and where they keep what differs."""

    fixed: Rows
    """int64 [m]: the bytes that are no values."""
    expected: Bytes
    """uint8 [m]: what they are."""
    frames: tuple[int, int, int]
    """How many frames there are, where the first begins, and how far the next is from it."""
    id: Span
    start: Span | None
    end: Span | None
    labels: Span | None
    identity: Identity | None
    table: tuple[Label, ...] | None

    @classmethod
    def of(cls, record: Bytes, places: Places, clip: Clip) -> Skeleton | None:
        """Take it from a record, uint8 [length]; None if it is too odd for this."""
        begins = [at for at, _ in places.frames]
        steps = set(np.diff(begins).tolist()) or {FRAME_SIZE}
        if len(places.labels) > 1 or places.id is None or len(steps) > 1 or min(steps) < FRAME_SIZE:
            return None
        fixed = np.ones(len(record), np.bool_)
        single = (places.id, places.start, places.end)
        for span in (*places.labels, *places.frames, *(span for span in single if span)):
            fixed[slice(*span)] = False
        return cls(
            fixed=np.flatnonzero(fixed),
            expected=record[fixed],
            frames=(len(begins), begins[0], steps.pop()),
            id=places.id,
            start=places.start,
            end=places.end,
            labels=places.labels[0] if places.labels else None,
            identity=clip.identity,
            table=clip.table,
        )

    def read(self, columns: Columns, rows: Rows, block: Bytes) -> tuple[Rows, Bytes]:
        """Read those that fit, and return the others.

        Parameters
        ----------
        columns : Columns
            What takes the values.
        rows : int64 [n]
            Where in the columns.
        block : uint8 [n, length]
            The records.

        Returns
        -------
        rows, block
            As they came, but for what was read.
        """
        fit = (block[:, self.fixed] == self.expected).all(axis=1)
        fit &= (block[:, slice(*self.id)] < 128).all(axis=1)
        if self.labels is not None:
            fit &= _are_small(block[:, slice(*self.labels)])
        left = ~fit
        rest = rows[left], block[left]
        if left.any():
            rows, block = rows[fit], block[fit]
        if len(rows):
            self._fill(columns, rows, block)
        return rest

    def _fill(self, columns: Columns, rows: Rows, block: Bytes) -> None:
        count, begin, step = self.frames
        apart = (block.strides[0], step, 1)
        shape = (len(rows), count, FRAME_SIZE)
        columns.frames[rows, :count] = np.lib.stride_tricks.as_strided(
            block[:, begin:], shape=shape, strides=apart, writeable=False
        )
        columns.lengths[rows] = count
        columns.put_ids(rows, _texts(block[:, slice(*self.id)]))
        for span, times in ((self.start, columns.starts), (self.end, columns.ends)):
            if span is not None:
                times[rows] = np.ascontiguousarray(block[:, slice(*span)]).view("<f4")[:, 0]
        if self.labels is not None:
            columns.put_labels(rows, *_small(block[:, slice(*self.labels)]))
        columns.put_notes(rows, identity=self.identity, table=self.table)


def _read_plainly(columns: Columns, row: int, record: bytes) -> tuple[Places, Clip] | None:
    try:
        places = find(record)
        clip = read(record, places)
    except MalformedError as error:
        columns.failures[row] = str(error)
        return None
    columns.put(row, clip)
    return places, clip


def _texts(block: Bytes) -> list[str]:
    """Read ASCII of one length: uint8 [n, width] -> n texts."""
    width = block.shape[1]
    text = block.tobytes().decode("ascii")
    return [text[at : at + width] for at in range(0, len(text), width)]


def _are_small(block: Bytes) -> NDArray[np.bool_]:
    """Whether rows of varints, uint8 [n, width], are whole and of up to three bytes: bool [n]."""
    more = block >= 128
    long = more[:, 2:] & more[:, 1:-1] & more[:, :-2]
    small: NDArray[np.bool_] = ~np.any(long, axis=1) & ~np.any(more[:, -1:], axis=1)
    return small


def _small(block: Bytes) -> tuple[NDArray[np.int32], Rows]:
    """Read rows of such varints: their values end to end, and how many each row has."""
    more = block >= 128
    value = (block & 127).astype(np.int32)
    whole = value.copy()  # only what stands at the last byte of a number is used
    whole[:, 1:] = np.where(more[:, :-1], value[:, 1:] << 7 | value[:, :-1], value[:, 1:])
    three = more[:, :-2] & more[:, 1:-1]
    whole[:, 2:] = np.where(three, whole[:, 2:] << 7 | value[:, :-2], whole[:, 2:])
    return whole[~more], (~more).sum(axis=1)
