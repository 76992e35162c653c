"""Scores of patches -> events: runs of patches that reach a threshold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from earmark.features import PATCH_SECONDS
from earmark.ontology import Label
from earmark.tagging.results import Event

__all__ = ["Tracker"]


class Tracker:
    """Follows every label through a recording, and gives its events as they end.

    Only what is open is kept, so memory does not grow with the recording.

    Parameters
    ----------
    labels : sequence of Label
        What the columns of the scores are.
    threshold : float or float32 [labels]
        A patch belongs to an event from this score on; one for all labels, or one for each.
    start : float
        Where the first patch begins, in seconds.
    """

    def __init__(
        self,
        labels: Sequence[Label],
        *,
        threshold: float | NDArray[np.float32],
        start: float = 0.0,
    ) -> None:
        self._labels = labels
        self._threshold = threshold
        self._start = start
        self._patch = 0
        self._open = np.zeros(len(labels), np.bool_)
        self._since = np.zeros(len(labels), np.int64)
        self._peak = np.zeros(len(labels), np.float32)

    def push(self, scores: NDArray[np.float32]) -> list[Event]:
        """Take the scores of the next patches and give the events that ended among them.

        Parameters
        ----------
        scores : float32 [patches, labels]
        """
        ended = []
        for row, loud in zip(scores, scores >= self._threshold, strict=True):
            for index in np.flatnonzero(self._open & ~loud):
                ended.append(self._event(int(index)))
            begun = loud & ~self._open
            self._since[begun] = self._patch
            self._peak[begun] = 0.0
            np.maximum(self._peak, row, out=self._peak, where=loud)
            self._open = loud
            self._patch += 1
        return ended

    def finish(self, *, duration: float) -> list[Event]:
        """End what is still open; no event lasts longer than the recording."""
        ended = [self._event(int(index), limit=duration) for index in np.flatnonzero(self._open)]
        self._open = np.zeros_like(self._open)
        return ended

    def _event(self, index: int, *, limit: float = float("inf")) -> Event:
        label = self._labels[index]
        return Event(
            label=label.name,
            start=self._start + int(self._since[index]) * PATCH_SECONDS,
            end=min(self._start + self._patch * PATCH_SECONDS, limit),
            score=float(self._peak[index]),
            id=label.id,
        )
