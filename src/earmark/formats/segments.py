"""Lists of clips with times and labels: Google's segment CSVs, and plain ones.

Google's have lines of comment and no header::

    # Segments csv created Sun Mar  5 10:54:25 2017
    # num_ytids=20371, num_segs=20371, num_unique_labels=527, num_positive_labels=51804
    # YTID, start_seconds, end_seconds, positive_labels
    --4gqARaEJE, 0.000, 10.000, "/m/068hy,/m/07q6cd_,/m/0bt9lr,/m/0jbk"

A plain one has a header with ``id`` and any of ``start``, ``end`` and ``labels``. Labels are ids,
names or numbers; between them are commas or, where a name has a comma itself, semicolons.
"""

from __future__ import annotations

import csv
import math
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from earmark import ontology
from earmark.errors import DataError
from earmark.formats.chunking import rechunk
from earmark.formats.embedding_set import EmbeddingSet, Labels
from earmark.formats.whole import replacing
from earmark.ontology import Label

__all__ = ["Segments", "read", "write"]

_GOOGLE = ("id", "start", "end", "labels")
_ALIASES = {
    "ytid": "id",
    "video_id": "id",
    "start_seconds": "start",
    "start_time_seconds": "start",
    "end_seconds": "end",
    "end_time_seconds": "end",
    "positive_labels": "labels",
    "label": "labels",
}
_COUNTS_WIDTH = 100
_TO_QUOTE = re.compile(r'[",\r\n]|^[\s#]|\s$|^$')


@dataclass(frozen=True, eq=False, repr=False)
class Segments:
    """The rows of such a list."""

    ids: Sequence[str]
    """One for each row; one may come again, with another start."""
    starts: NDArray[np.float64]
    """float64 [rows], seconds; NaN where the row does not say."""
    ends: NDArray[np.float64]
    """float64 [rows], likewise."""
    labels: Labels | None
    """The labels of each row; None if the list has none."""
    table: tuple[Label, ...]
    """What the labels mean."""

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.ids)

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"Segments({len(self)} rows)"


def read(path: Path, *, table: tuple[Label, ...] = ()) -> Segments:
    """Read a list of clips.

    Parameters
    ----------
    path : Path
        Google's, or a plain one.
    table : tuple of Label
        What its labels may be; AudioSet's if there are none.

    Raises
    ------
    DataError
        If it cannot be read, or a line makes no sense: a time that is no number, a label that is
        not in the table.
    """
    table = table or ontology.labels()
    try:
        # Names of files may be no Unicode.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            return _Reader(str(path), table).read(file)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


def write(path: Path, chunks: Iterable[EmbeddingSet]) -> None:
    """Write ids, times and labels of clips as Google's lists have them; not the embeddings.

    Raises
    ------
    DataError
        If it cannot be written, or the id of a label has a comma in it.
    """
    segments = positives = 0
    seen: set[int] = set()
    with replacing(path) as part, part.open("wb") as file:
        _write_head(file, segments=0, labels=0, positives=0)
        for piece in rechunk(chunks, size=4096):
            names = _label_ids(piece.table)
            lines = (_line(piece, row, names) for row in range(len(piece)))
            file.write("".join(lines).encode("utf-8", "surrogateescape"))
            segments += len(piece)
            positives += len(piece.labels.values)
            seen.update(np.unique(piece.labels.values).tolist())
        file.seek(0)
        _write_head(file, segments=segments, labels=len(seen), positives=positives)


class _Reader:
    """One file while it is read."""

    def __init__(self, path: str, table: tuple[Label, ...]) -> None:
        self._path = path
        self._table = table
        self._numbers = {
            **{str(label.index): label.index for label in table},
            **{label.name.casefold(): label.index for label in table},
            **{label.id: label.index for label in table},
        }
        self._line = 0

    def read(self, file: Iterable[str]) -> Segments:
        ids: list[str] = []
        starts, ends, counts, values = array("d"), array("d"), array("q"), array("i")
        rows = csv.reader(self._without_comments(file), skipinitialspace=True, strict=True)
        columns: tuple[str, ...] = ()
        try:
            for row in rows:
                if not row:
                    continue
                if not columns:
                    columns = self._columns(row)
                    if columns != _GOOGLE or _is_header(row):
                        continue
                if len(row) != len(columns):
                    raise self._wrong(f"has {len(row)} columns and not {len(columns)}")
                cells = dict(zip(columns, row, strict=True))
                ids.append(cells["id"])
                starts.append(self._seconds(cells.get("start", "")))
                ends.append(self._seconds(cells.get("end", "")))
                found = self._labels(cells.get("labels", ""))
                values.extend(found)
                counts.append(len(found))
        except csv.Error as error:
            raise self._wrong(f"is no CSV: {error}") from error
        labels = Labels.from_counts(np.array(values, np.int32), np.array(counts, np.int64))
        return Segments(
            ids=ids,
            starts=np.array(starts, np.float64),
            ends=np.array(ends, np.float64),
            labels=labels if "labels" in columns else None,
            table=self._table,
        )

    def _without_comments(self, file: Iterable[str]) -> Iterator[str]:
        """Leave out the comments at the top; further down a ``#`` begins an id."""
        top = True
        for self._line, line in enumerate(file, 1):
            top = top and (line.startswith("#") or not line.strip())
            if not top:
                yield line

    def _columns(self, row: Sequence[str]) -> tuple[str, ...]:
        """Say what the columns are, by the first row."""
        if _is_header(row):
            return tuple(_column(cell) for cell in row)
        if len(row) != len(_GOOGLE):
            raise self._wrong(
                "is neither a header with the column id nor YTID, start_seconds, end_seconds, "
                "positive_labels"
            )
        return _GOOGLE

    def _seconds(self, text: str) -> float:
        if not text.strip():
            return math.nan
        try:
            seconds = float(text)
        except ValueError:
            raise self._wrong(f"{text!r} is no time in seconds") from None
        if not math.isfinite(seconds):
            raise self._wrong(f"{text!r} is no time in seconds")
        return seconds

    def _labels(self, text: str) -> list[int]:
        """Find the labels in a cell."""
        if text.strip().casefold() in self._numbers:  # a name with a comma in it may stand alone
            names = [text]
        else:
            names = text.split(";" if ";" in text else ",")
        return [self._label(name.strip()) for name in names if name.strip()]

    def _label(self, name: str) -> int:
        found = self._numbers.get(name, self._numbers.get(name.casefold()))
        if found is None:
            raise self._wrong(
                f"there is no label {name!r}: give ids, names or numbers of the "
                f"{len(self._table)} labels, with semicolons between names that have commas"
            )
        return found

    def _wrong(self, what: str) -> DataError:
        return DataError(f"{self._path}, line {self._line}: {what}")


def _is_header(row: Sequence[str]) -> bool:
    return "id" in map(_column, row)


def _column(cell: str) -> str:
    name = cell.strip().casefold()
    return _ALIASES.get(name, name)


def _write_head(file: BinaryIO, *, segments: int, labels: int, positives: int) -> None:
    """Write the comments; their length is fixed, as the numbers are known at the end."""
    counts = f"# num_segs={segments}, num_unique_labels={labels}, num_positive_labels={positives}"
    lines = (
        "# Segments csv created by earmark",
        counts.ljust(_COUNTS_WIDTH),
        "# YTID, start_seconds, end_seconds, positive_labels",
    )
    file.write("".join(line + "\n" for line in lines).encode())


def _label_ids(table: tuple[Label, ...]) -> tuple[str, ...]:
    for label in table:
        if "," in label.id or '"' in label.id:
            raise DataError(
                f"the label {label.name!r} has the id {label.id!r}, whose comma or quote a list of "
                "labels cannot hold"
            )
    return tuple(label.id for label in table)


def _line(piece: EmbeddingSet, row: int, names: Sequence[str]) -> str:
    id_ = piece.ids[row]
    if _TO_QUOTE.search(id_):
        id_ = '"' + id_.replace('"', '""') + '"'
    labels = ",".join(names[at] if names else str(at) for at in piece.labels[row].tolist())
    start, end = _spell(float(piece.starts[row])), _spell(float(piece.ends[row]))
    return f'{id_}, {start}, {end}, "{labels}"\n'


def _spell(seconds: float) -> str:
    """Write a time as Google does, or with all its digits where three do not hold it."""
    if math.isnan(seconds):
        return ""
    short = f"{seconds:.3f}"
    return short if float(short) == seconds else repr(seconds)
