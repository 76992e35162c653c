"""What a tagger says of the clips of an embedding set: a score for every clip and class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from earmark.classifiers.calibration import Calibration
from earmark.embedders.identity import Identity
from earmark.errors import DataError
from earmark.ontology import Label
from earmark.tagging.results import Tag

__all__ = ["Predictions", "top"]


@dataclass(frozen=True, eq=False, repr=False)
class Predictions:
    """The scores of some clips.

    Raises
    ------
    DataError
        If an array is of another type or shape, the table's numbers are not 0, 1, 2, ..., or a
        score is not from 0 to 1.
    """

    scores: NDArray[np.float32]
    """float32 [clips, classes], from 0 to 1."""
    ids: tuple[str, ...]
    """One for each clip, as the embedding set has it."""
    starts: NDArray[np.float64]
    """float64 [clips]: where each begins in its recording, in seconds; NaN where unknown."""
    ends: NDArray[np.float64]
    """float64 [clips]: where each ends; NaN where unknown."""
    table: tuple[Label, ...]
    """What the scores are scores of, in their order."""
    title: str = ""
    """What made them: ``compact 2.0``."""
    identity: Identity | None = None
    """Whose embeddings were scored; None where unknown."""
    calibration: Calibration | None = None
    """How the scores become probabilities; None where nobody knows."""
    complete: bool = True
    """Whether every score is known; if not, all but the best of each clip are given as 0."""

    def __post_init__(self) -> None:
        """Check that all of it fits together."""
        clips, classes = len(self.ids), len(self.table)
        _check("scores", self.scores, np.float32, (clips, classes))
        _check("starts", self.starts, np.float64, (clips,))
        _check("ends", self.ends, np.float64, (clips,))
        for at, label in enumerate(self.table):
            if label.index != at:
                raise DataError(
                    f"label {label.name!r} has number {label.index} in the table, and not {at}"
                )
        # Written so that it is false of what is not a number.
        if self.scores.size and not (self.scores.min() >= 0 and self.scores.max() <= 1):
            fine = (self.scores >= 0) & (self.scores <= 1)
            clip, class_ = np.argwhere(~fine)[0]
            raise DataError(
                f"clip {self.ids[clip]!r} has the score {self.scores[clip, class_]} for "
                f"{self.table[class_].name!r}, and a score is from 0 to 1"
            )

    @classmethod
    def concatenate(cls, parts: Sequence[Predictions]) -> Predictions:
        """Lay predictions end to end.

        Raises
        ------
        DataError
            If there are none, or they are of different classes.
        """
        if not parts:
            raise DataError("there are no predictions to lay end to end with others")
        first = parts[0]
        for part in parts[1:]:
            if part.table != first.table:
                raise DataError("predictions of different classes cannot be laid end to end")
        if len(parts) == 1:
            return first
        return replace(
            first,
            scores=np.concatenate([part.scores for part in parts]),
            ids=tuple(name for part in parts for name in part.ids),
            starts=np.concatenate([part.starts for part in parts]),
            ends=np.concatenate([part.ends for part in parts]),
            complete=all(part.complete for part in parts),
        )

    def __len__(self) -> int:
        """Count the clips."""
        return len(self.ids)

    def __repr__(self) -> str:
        """Show what made them and how many there are."""
        return f"Predictions({len(self)} clips, {len(self.table)} classes, {self.title!r})"

    def __eq__(self, other: object) -> bool:
        """Compare all but the calibration; an unknown time equals an unknown time."""
        if not isinstance(other, Predictions):
            return NotImplemented
        mine = (self.ids, self.table, self.title, self.identity, self.complete)
        return (
            mine == (other.ids, other.table, other.title, other.identity, other.complete)
            and np.array_equal(self.starts, other.starts, equal_nan=True)
            and np.array_equal(self.ends, other.ends, equal_nan=True)
            and np.array_equal(self.scores, other.scores)
        )

    def __getitem__(self, at: slice) -> Predictions:
        """Return a run of clips; the arrays are views of these."""
        return replace(
            self,
            scores=self.scores[at],
            ids=self.ids[at],
            starts=self.starts[at],
            ends=self.ends[at],
        )

    def take(self, rows: NDArray[np.integer]) -> Predictions:
        """Return some clips, int [n], in the order of `rows`; the arrays are copies."""
        return replace(
            self,
            scores=self.scores[rows],
            ids=tuple(self.ids[row] for row in rows.tolist()),
            starts=self.starts[rows],
            ends=self.ends[rows],
        )

    def calibrated(self) -> Predictions:
        """Return the probabilities in place of the scores.

        Raises
        ------
        DataError
            If nobody knows how the scores become probabilities.
        """
        if self.calibration is None:
            raise DataError(
                f"{self.title or 'the tagger'} is not calibrated: run `earmark evaluate "
                "--calibrate` with clips that it was not trained on"
            )
        return replace(
            self,
            scores=self.calibration.apply(self.scores),
            title=f"{self.title}, calibrated",
            calibration=None,
        )

    def tags(self, *, top_k: int) -> Iterator[tuple[Tag, ...]]:
        """Yield the best labels of each clip, the best score first.

        Where it is known how scores become probabilities, each tag has its own.
        """
        classes, scores = top(self.scores, top_k)
        likely: list[list[float | None]] = [[None] * classes.shape[1]] * len(self)
        if self.calibration is not None:
            likely = self.calibration.apply(scores, classes=classes).tolist()
        for chosen, theirs, each in zip(classes.tolist(), scores.tolist(), likely, strict=True):
            labels = [self.table[at] for at in chosen]
            yield tuple(
                Tag(label.name, score, label.id, probability)
                for label, score, probability in zip(labels, theirs, each, strict=True)
            )


def top(scores: NDArray[np.float32], count: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Find the best of each row.

    Parameters
    ----------
    scores : float32 [clips, classes]
    count : int
        How many of them; all there are if there are fewer.

    Returns
    -------
    classes : int [clips, count]
        The best first; of equal scores the class that comes first.
    scores : float32 [clips, count]
        Theirs.
    """
    count = min(count, scores.shape[1])
    if not count:
        return np.empty((len(scores), 0), np.intp), np.empty((len(scores), 0), np.float32)
    # The lowest score that is in: of those equal to it the first ones are taken.
    last = -np.partition(-scores, count - 1, axis=1)[:, count - 1 : count]
    equal = scores == last
    room = count - (scores > last).sum(axis=1, keepdims=True)
    chosen = (scores > last) | (equal & (equal.cumsum(axis=1) <= room))
    classes = np.nonzero(chosen)[1].reshape(len(scores), count)
    theirs = np.take_along_axis(scores, classes, axis=1)
    order = np.argsort(-theirs, axis=1, kind="stable")
    return np.take_along_axis(classes, order, axis=1), np.take_along_axis(theirs, order, axis=1)


def _check(
    name: str, array: NDArray[np.generic], dtype: type[np.generic], shape: tuple[int, ...]
) -> None:
    if array.dtype != dtype or array.shape != shape:
        raise DataError(
            f"{name} must be {np.dtype(dtype)} {list(shape)} for {shape[0]} ids, "
            f"not {array.dtype} {list(array.shape)}"
        )
