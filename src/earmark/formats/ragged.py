"""Which labels each of many clips has: lists of different lengths, laid end to end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.errors import DataError

__all__ = ["Labels"]


@dataclass(frozen=True, eq=False, repr=False)
class Labels:
    """The labels of some clips, as numbers, in the order in which each clip names them.

    Raises
    ------
    DataError
        If the arrays are of other types or do not fit together, or a number is negative.

    Examples
    --------
    >>> labels = Labels.of([[0, 137], [], [5]])
    >>> labels[0]
    array([  0, 137], dtype=int32)
    >>> labels.counts
    array([2, 0, 1])
    """

    values: NDArray[np.int32]
    """int32 [total]: all clips' labels, end to end."""
    offsets: NDArray[np.int64]
    """int64 [clips + 1]: clip ``i`` has ``values[offsets[i]:offsets[i + 1]]``."""

    def __post_init__(self) -> None:
        """Check that the arrays fit together."""
        if self.values.dtype != np.int32 or self.values.ndim != 1:
            raise DataError(f"labels must be int32 [total], not {_spell(self.values)}")
        if self.offsets.dtype != np.int64 or self.offsets.ndim != 1 or not len(self.offsets):
            raise DataError(f"offsets of labels must be int64 [clips + 1]: {_spell(self.offsets)}")
        steps = np.diff(self.offsets)
        if self.offsets[0] != 0 or self.offsets[-1] != len(self.values) or (steps < 0).any():
            raise DataError(
                f"offsets of labels must rise from 0 to {len(self.values)}, the number of labels"
            )
        if len(self.values) and self.values.min() < 0:
            raise DataError(f"a label cannot be negative, and {self.values.min()} is among them")

    @classmethod
    def of(cls, lists: Iterable[Iterable[int]]) -> Labels:
        """Make them of one list of numbers for each clip.

        Raises
        ------
        DataError
            If a number is negative or does not fit into 32 bits.
        """
        rows = [list(row) for row in lists]
        try:
            values = np.fromiter(chain.from_iterable(rows), np.int32, sum(map(len, rows)))
        except OverflowError as error:
            raise DataError(f"a label must fit into 32 bits: {error}") from error
        return cls.from_counts(values, [len(row) for row in rows])

    @classmethod
    def from_counts(cls, values: NDArray[np.int32], counts: ArrayLike) -> Labels:
        """Make them of all labels end to end, and how many of them each clip has: int [clips]."""
        ends = np.cumsum(np.asarray(counts, np.int64), dtype=np.int64)
        return cls(values, np.concatenate([np.zeros(1, np.int64), ends]))

    @classmethod
    def none(cls, clips: int) -> Labels:
        """Make them for clips of which nobody knows the labels."""
        return cls(np.empty(0, np.int32), np.zeros(clips + 1, np.int64))

    @classmethod
    def concatenate(cls, parts: Sequence[Labels]) -> Labels:
        """Lay the labels of several sets of clips end to end."""
        values = np.concatenate([np.empty(0, np.int32), *(part.values for part in parts)])
        counts = np.concatenate([np.empty(0, np.int64), *(part.counts for part in parts)])
        return cls.from_counts(values, counts)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many labels each clip has: int64 [clips]."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        """Count the clips, not the labels."""
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        return (self[clip] for clip in range(len(self)))

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"Labels({len(self.values)} of {len(self)} clips)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Labels):
            return NotImplemented
        same = np.array_equal(self.offsets, other.offsets)
        return same and np.array_equal(self.values, other.values)

    @overload
    def __getitem__(self, at: int) -> NDArray[np.int32]: ...

    @overload
    def __getitem__(self, at: slice) -> Labels: ...

    def __getitem__(self, at: int | slice) -> NDArray[np.int32] | Labels:
        """Return one clip's labels, int32 [n], or those of a run of clips."""
        if not isinstance(at, slice):
            row = range(len(self))[at]  # counts from the end, and raises IndexError
            return self.values[self.offsets[row] : self.offsets[row + 1]]
        first, last, step = at.indices(len(self))
        if step != 1:
            return self.take(np.arange(first, last, step))
        last = max(first, last)
        begin, end = self.offsets[first], self.offsets[last]
        return Labels(self.values[begin:end], self.offsets[first : last + 1] - begin)

    def take(self, rows: NDArray[np.integer]) -> Labels:
        """Return the labels of some clips, int [n], in the order of `rows`."""
        counts = self.counts[rows]
        # Where each label's list begins, less how many labels of the result come before it.
        shifts = self.offsets[:-1][rows] - (np.cumsum(counts) - counts)
        places = np.arange(counts.sum()) + np.repeat(shifts, counts)
        return Labels.from_counts(self.values[places], counts)

    def to_multi_hot(self, classes: int) -> NDArray[np.bool_]:
        """Return them as a table of yes and no.

        Parameters
        ----------
        classes : int
            How many classes there are.

        Returns
        -------
        bool [clips, classes]

        Raises
        ------
        DataError
            If there is a label beyond them.
        """
        if len(self.values) and self.values.max() >= classes:
            raise DataError(
                f"label {self.values.max()} is beyond the {classes} classes: count them again"
            )
        table = np.zeros((len(self), classes), np.bool_)
        table[np.repeat(np.arange(len(self)), self.counts), self.values] = True
        return table


def _spell(array: NDArray[np.generic]) -> str:
    return f"{array.dtype} {list(array.shape)}"
