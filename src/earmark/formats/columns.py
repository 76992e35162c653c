"""The columns of an embedding set, while its records are read into them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from earmark.embedders.identity import Identity
from earmark.formats.embedding_set import CLIP_FRAMES, FRAME_SIZE, EmbeddingSet
from earmark.formats.ragged import Labels
from earmark.formats.sequence_example import Clip
from earmark.ontology import Label

__all__ = ["Columns"]

Rows = NDArray[np.int64]
Table = tuple[Label, ...]
Note = tuple[Identity | None, Table | None]


class Columns:
    """Columns with a row for each record, filled in any order.

    Parameters
    ----------
    size : int
        How many records there are.
    """

    def __init__(self, size: int) -> None:
        self.frames = np.zeros((size, CLIP_FRAMES, FRAME_SIZE), np.uint8)
        self.lengths = np.zeros(size, np.uint8)
        self.ids = [""] * size
        self.starts = np.full(size, np.nan)
        self.ends = np.full(size, np.nan)
        self.failures: dict[int, str] = {}
        """Why a record could not be read, by its row."""
        self.notes: dict[Note, int] = {}
        """What records say of embedder and labels, with the first row that says so."""
        self._label_rows: list[Rows] = []
        self._label_counts: list[Rows] = []
        self._label_values: list[NDArray[np.int32]] = []

    def put(self, row: int, clip: Clip) -> None:
        """Fill in one row."""
        frames = np.frombuffer(clip.frames, np.uint8).reshape(-1, FRAME_SIZE)
        self.frames[row, : len(frames)] = frames
        self.lengths[row] = len(frames)
        self.ids[row] = clip.id
        self.starts[row], self.ends[row] = clip.start, clip.end
        rows = np.array([row])
        self.put_labels(rows, np.array(clip.labels, np.int32), np.array([len(clip.labels)]))
        self.put_notes(rows, identity=clip.identity, table=clip.table)

    def put_ids(self, rows: Rows, ids: list[str]) -> None:
        """Fill in ids."""
        for row, name in zip(rows.tolist(), ids, strict=True):
            self.ids[row] = name

    def put_labels(self, rows: Rows, values: NDArray[np.int32], counts: Rows) -> None:
        """Fill in labels: all of them end to end, and how many each row has."""
        self._label_rows.append(rows)
        self._label_values.append(values)
        self._label_counts.append(counts)

    def put_notes(self, rows: Rows, *, identity: Identity | None, table: Table | None) -> None:
        """Fill in what rows say of embedder and labels."""
        row = int(rows.min())
        self.notes[identity, table] = min(row, self.notes.get((identity, table), row))

    def labels(self) -> Labels:
        """Return the labels of all rows."""
        counts = np.zeros(len(self.ids), np.int64)
        if not self._label_rows:
            return Labels.none(len(self.ids))
        rows = np.concatenate(self._label_rows)
        counts[rows] = np.concatenate(self._label_counts)
        # As they came, they are in the order of `rows`.
        came = Labels.from_counts(np.concatenate(self._label_values), counts[rows])
        place = np.full(len(self.ids), len(rows))
        place[rows] = np.arange(len(rows))
        came = Labels(came.values, np.append(came.offsets, came.offsets[-1]))
        return came.take(place)

    def to_set(
        self, labels: Labels, *, table: tuple[Label, ...], identity: Identity
    ) -> EmbeddingSet:
        """Make a set of the rows that did not fail."""
        kept = np.delete(np.arange(len(self.ids)), list(self.failures))
        whole = len(kept) == len(self.ids)
        rows = slice(None) if whole else kept  # views, where nothing is missing
        return EmbeddingSet(
            frames=self.frames[rows],
            lengths=self.lengths[rows],
            ids=tuple(self.ids) if whole else tuple(self.ids[row] for row in kept.tolist()),
            starts=self.starts[rows],
            ends=self.ends[rows],
            labels=labels if whole else labels.take(kept),
            table=table,
            identity=identity,
        )
