"""How far the labels of a data set are to be trusted, class by class.

Google had raters listen to some clips of nearly every class of AudioSet again, and published how
many of them they found to be labelled rightly, as ``qa_true_counts.csv``: columns ``label_id``,
``num_rated`` and ``num_true``. The file is not part of earmark; it is read from where it was put.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

from earmark.errors import DataError

__all__ = ["LabelQuality", "read"]

_COLUMNS = ("label_id", "num_rated", "num_true")


@dataclass(frozen=True, slots=True)
class LabelQuality:
    """What raters said about the labels of a class."""

    id: str
    """The class, like ``/m/0ngt1``."""
    rated: int
    """How many of its clips they heard, ten as a rule; 0 where they heard none."""
    true: int
    """In how many of those they heard the class."""

    @property
    def share(self) -> float:
        """The share of its labels that is right, in [0, 1]; ``nan`` where nobody listened."""
        return self.true / self.rated if self.rated else math.nan


def read(path: Path) -> dict[str, LabelQuality]:
    """Read ``qa_true_counts.csv``.

    Parameters
    ----------
    path : Path
        The file, as Google publishes it.

    Returns
    -------
    dict of str to LabelQuality
        By the id of the class.

    Raises
    ------
    DataError
        If it cannot be read or is another file, naming the row.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    rows = csv.reader(io.StringIO(text, newline=""))
    if tuple(next(rows, ())) != _COLUMNS:
        raise DataError(
            f"{path} must have the columns {', '.join(_COLUMNS)}, as Google's qa_true_counts.csv"
        )
    found: dict[str, LabelQuality] = {}
    for number, row in enumerate(rows, 2):
        quality = _row(row, where=f"{path}, line {number}")
        if quality.id in found:
            raise DataError(f"{path}, line {number}: {quality.id!r} is there twice")
        found[quality.id] = quality
    return found


def _row(row: list[str], *, where: str) -> LabelQuality:
    try:
        id, rated, true = row
        quality = LabelQuality(id, int(rated), int(true))
    except ValueError:
        raise DataError(f"{where} must be a class and two whole numbers, not {row}") from None
    if not 0 <= quality.true <= quality.rated:
        raise DataError(f"{where}: {quality.true} of {quality.rated} clips cannot be right")
    return quality
