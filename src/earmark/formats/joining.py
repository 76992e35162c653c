"""Clips and a list of segments -> clips with the times and labels of their segments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from earmark.formats.embedding_set import EmbeddingSet, Labels
from earmark.formats.segments import Segments

__all__ = ["Join"]

_SAME_TIME = 0.01
"""How far apart, in seconds, a clip's start may be from that of a row that means it."""


class Join:
    """Looks clips up in a list, by id, and counts what it finds.

    A clip's labels become those of its row, if the list has labels; its times become the row's
    where they are not known. A clip without a row stays as it is. Where several rows have a clip's
    id, it is the one with the clip's start.

    Parameters
    ----------
    segments : Segments
    """

    def __init__(self, segments: Segments) -> None:
        self.clips = 0
        """How many clips went through."""
        self.without_row = 0
        """How many of them are not in the list."""
        self.relabelled = 0
        """How many of those that are had other labels before."""
        self._segments = segments
        self._used = np.zeros(len(segments), np.bool_)
        self._rows: dict[str, int | list[int]] = {}
        for row, name in enumerate(segments.ids):
            before = self._rows.setdefault(name, row)
            if isinstance(before, list):
                before.append(row)
            elif before != row:
                self._rows[name] = [before, row]

    @property
    def rows_without_clip(self) -> int:
        """How many rows of the list no clip has asked for."""
        return int((~self._used).sum())

    def __call__(self, chunks: Iterable[EmbeddingSet]) -> Iterator[EmbeddingSet]:
        """Give the clips on, with what the list has of them."""
        for chunk in chunks:
            yield self._joined(chunk)

    def _joined(self, clips: EmbeddingSet) -> EmbeddingSet:
        rows = np.array(
            [
                self._row(name, start)
                for name, start in zip(clips.ids, clips.starts.tolist(), strict=True)
            ],
            np.int64,
        )
        there = rows >= 0
        self.clips += len(clips)
        self.without_row += int((~there).sum())
        self._used[rows[there]] = True
        segments = self._segments
        starts = _filled(clips.starts, segments.starts, rows)
        ends = _filled(clips.ends, segments.ends, rows)
        labels, table = clips.labels, clips.table
        if segments.labels is not None:
            labels, table = self._labels(clips.labels, rows), segments.table
        return replace(clips, starts=starts, ends=ends, labels=labels, table=table)

    def _row(self, name: str, start: float) -> int:
        """Return the row of a clip, or -1."""
        found = self._rows.get(name, -1)
        if isinstance(found, int):
            return found
        near = (row for row in found if abs(self._segments.starts[row] - start) < _SAME_TIME)
        return next(near, -1)

    def _labels(self, before: Labels, rows: NDArray[np.int64]) -> Labels:
        """Take a row's labels where they are others, and else those from before, in their order."""
        of_list = self._segments.labels
        assert of_list is not None
        there = np.flatnonzero(rows >= 0)
        listed = of_list.take(rows[there])
        places = np.arange(len(rows))
        for at, clip in enumerate(there.tolist()):
            old, new = set(before[clip].tolist()), set(listed[at].tolist())
            if old != new:
                places[clip] = len(rows) + at
                self.relabelled += bool(old)
        return Labels.concatenate([before, listed]).take(places)


def _filled(
    known: NDArray[np.float64], listed: NDArray[np.float64], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Take the list's times where none are known: float64 [clips]."""
    if not len(listed):
        return known
    return np.where(np.isnan(known) & (rows >= 0), listed[rows], known)
