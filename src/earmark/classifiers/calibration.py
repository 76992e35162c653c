"""A tagger's calibration: what turns its scores into probabilities, and how it is kept.

Scores rank well and are no probabilities. A calibration says of each class, as it was found on
recordings that nothing was trained on, how its scores are to be read (Platt 1999, on the logit of
the score)::

    probability = sigmoid(slope * logit(score) + offset)

and from which score on the class is best said to be there. It stands in the tagger's folder as
``calibration.csv``: ``index,id,slope,offset,threshold,clips``, a row for each class.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.errors import DataError, ModelError
from earmark.ontology import Label

__all__ = ["FILE", "Calibration"]

FILE = "calibration.csv"
"""What the file is called in a tagger's folder."""

_COLUMNS = ("index", "id", "slope", "offset", "threshold", "clips")
_NEAREST = 1e-7
"""A score is taken to be so far from 0 and from 1 at least, as the logit of both is infinite."""
_LARGEST = 1e6
_AGAIN = "calibrate the tagger again, or remove the file to use it without"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Calibration:
    """How the scores of a tagger become probabilities.

    Raises
    ------
    DataError
        If the numbers make no calibration, naming the first class whose do not.
    """

    slopes: NDArray[np.float32]
    """float32 [classes], above 0, so that a higher score stays the more probable one."""
    offsets: NDArray[np.float32]
    """float32 [classes]"""
    thresholds: NDArray[np.float32]
    """float32 [classes]: from which score (not probability) on a class is said to be there."""
    n_clips: int
    """On how many clips it was found."""

    def __post_init__(self) -> None:
        """Refuse what no score could be read with."""
        for name in ("slopes", "offsets", "thresholds"):
            values = np.asarray(getattr(self, name), np.float32)
            if values.shape != (len(self.slopes),) or not len(values):
                raise DataError(
                    f"a calibration needs one number for each class, and its {name} have shape "
                    f"{list(values.shape)} where there are {len(self.slopes)} classes"
                )
            object.__setattr__(self, name, values)
        low, high = self.thresholds >= 0, self.thresholds <= 1  # False of what is not a number
        _refuse("slope", self.slopes, np.isfinite(self.slopes) & (self.slopes > 0), "above 0")
        _refuse("offset", self.offsets, np.isfinite(self.offsets), "finite")
        _refuse("threshold", self.thresholds, low & high, "between 0 and 1")
        if self.n_clips < 1:
            raise DataError(f"a calibration is found on clips, and {self.n_clips} are none")

    def __repr__(self) -> str:
        """Show of how many classes it is and on how many clips it was found."""
        return f"Calibration({len(self)} classes, {self.n_clips} clips)"

    def __len__(self) -> int:
        """Count the classes."""
        return len(self.slopes)

    def apply(
        self, scores: NDArray[np.floating], *, classes: NDArray[np.intp] | None = None
    ) -> NDArray[np.float32]:
        """Read scores as probabilities.

        Parameters
        ----------
        scores : float [..., classes]
            As the classifier gives them, from 0 to 1.
        classes : int [classes], optional
            Which classes these are scores of; all of them, in their order, if not given.

        Returns
        -------
        float32 [..., classes]
        """
        near = np.clip(scores.astype(np.float64), _NEAREST, 1 - _NEAREST)
        logits = np.log(near) - np.log1p(-near)
        # tanh, unlike exp, has no argument that is too large for it.
        chosen = slice(None) if classes is None else classes
        straight = np.tanh((self.slopes[chosen] * logits + self.offsets[chosen]) / 2)
        probabilities: NDArray[np.float32] = ((1 + straight) / 2).astype(np.float32)
        return probabilities

    @classmethod
    def read(cls, path: Path, *, labels: Sequence[Label]) -> Calibration:
        """Read what `write` wrote.

        Parameters
        ----------
        path : Path
            ``calibration.csv``.
        labels : sequence of Label
            The classes of the tagger in whose folder it stands.

        Raises
        ------
        ModelError
            If it cannot be read, or is no calibration, or one of other classes.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ModelError(f"{path} cannot be read: {error}") from error
        rows = csv.reader(io.StringIO(text, newline=""))
        if tuple(next(rows, ())) != _COLUMNS:
            raise ModelError(f"{path} must have the columns {', '.join(_COLUMNS)}: {_AGAIN}")
        found = [_row(row, labels, at, path) for at, row in enumerate(rows)]
        if len(found) != len(labels):
            raise ModelError(
                f"{path} has {len(found)} rows where labels.csv names {len(labels)} classes: "
                f"{_AGAIN}"
            )
        numbers = np.array([row[:3] for row in found], np.float32)
        try:
            return cls(
                slopes=numbers[:, 0],
                offsets=numbers[:, 1],
                thresholds=numbers[:, 2],
                n_clips=found[0][3],
            )
        except DataError as error:
            raise ModelError(f"{path}: {error}; {_AGAIN}") from error

    def write(self, path: Path, *, labels: Sequence[Label]) -> None:
        """Write it as a table; the file appears, or is replaced, when it is complete.

        Raises
        ------
        DataError
            If `labels` are not as many as it has classes.
        """
        if len(labels) != len(self):
            raise DataError(
                f"a calibration of {len(self)} classes cannot be kept with {len(labels)} labels"
            )
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(
            (label.index, label.id, *map(str, numbers), self.n_clips)
            for label, *numbers in zip(
                labels, self.slopes, self.offsets, self.thresholds, strict=True
            )
        )
        part = path.with_name(f"{path.name}.part")
        part.write_text(text.getvalue(), encoding="utf-8")
        part.replace(path)


def _refuse(what: str, values: NDArray[np.float32], good: NDArray[np.bool_], wanted: str) -> None:
    bad = np.flatnonzero(~good)
    if len(bad):
        raise DataError(
            f"the {what} of class {bad[0]} is {values[bad[0]]} and must be a number {wanted}"
        )


def _row(
    row: Sequence[str], labels: Sequence[Label], at: int, path: Path
) -> tuple[float, float, float, int]:
    """Take a row apart that must be of the class with that place."""
    try:
        index, id, slope, offset, threshold, clips = row
        numbers = float(slope), float(offset), float(threshold), int(clips)
    except ValueError:
        raise ModelError(f"{path}, row {at + 1} is no row of a calibration: {_AGAIN}") from None
    if at >= len(labels) or (index, id) != (str(at), labels[at].id):
        wanted = f"class {at}, {labels[at].id}" if at < len(labels) else "no class"
        raise ModelError(
            f"{path}, row {at + 1} is of class {index}, {id}, where labels.csv has {wanted}: "
            f"{_AGAIN}"
        )
    if not all(map(math.isfinite, numbers)) or max(map(abs, numbers[:3])) > _LARGEST:
        raise ModelError(f"{path}, row {at + 1} holds a number that is too large: {_AGAIN}")
    return numbers
