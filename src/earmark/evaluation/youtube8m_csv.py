"""Predictions in YouTube-8M's CSV: the best labels of each clip, by their numbers.

::

    VideoId,LabelConfidencePairs
    --4gqARaEJE,72 0.912345 0 0.5 73 0.25

A line has the clip's id and then, the best first, the number of a label and its score, as C prints
them by ``%i`` and ``%g``. YouTube-8M takes twenty of them. What is not among them is not known, and
is read as 0.
"""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from earmark.errors import DataError
from earmark.evaluation.predictions import Predictions, top
from earmark.formats.whole import replacing
from earmark.ontology import Label

__all__ = ["HEADER", "TOP_K", "stream", "write"]

HEADER = "VideoId,LabelConfidencePairs"
TOP_K = 20
_TO_QUOTE = re.compile(r'[",\r\n]')


def write(path: Path, chunks: Iterable[Predictions], *, top_k: int = TOP_K) -> None:
    """Write predictions as they come; the file appears when it is complete.

    Raises
    ------
    DataError
        If it cannot be written, as on a full disk.
    """
    with replacing(path) as part, part.open("wb") as file:
        file.write(f"{HEADER}\n".encode())
        for piece in chunks:
            text = "".join(lines(piece, top_k=top_k))
            file.write(text.encode("utf-8", "surrogateescape"))


def lines(piece: Predictions, *, top_k: int = TOP_K) -> Iterator[str]:
    """Yield a line for each clip, without the header."""
    classes, scores = top(piece.scores, top_k)
    for id_, labels, theirs in zip(piece.ids, classes.tolist(), scores.tolist(), strict=True):
        if _TO_QUOTE.search(id_):
            id_ = '"' + id_.replace('"', '""') + '"'
        pairs = zip(labels, theirs, strict=True)
        yield f"{id_},{' '.join(f'{label} {score:g}' for label, score in pairs)}\n"


def stream(path: Path, *, table: tuple[Label, ...], chunk: int = 4096) -> Iterator[Predictions]:
    """Read predictions piece by piece.

    Parameters
    ----------
    path : Path
    table : tuple of Label
        What the numbers of the labels mean, which the file does not say.
    chunk : int
        How many clips to give at once, at most.

    Yields
    ------
    Predictions
        Without times, and with 0 where the file has no score; one without clips if it has none.

    Raises
    ------
    DataError
        If it cannot be read, or a line makes no sense.
    """
    piece = _Piece(path, table)
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            rows = csv.reader(file, strict=True)
            if next(rows, None) != HEADER.split(","):
                raise DataError(f"{path} holds no predictions: its first line is not {HEADER!r}")
            any_ = False
            for row in rows:
                if not row:
                    continue
                piece.add(row, rows.line_num)
                if len(piece.ids) == chunk:
                    yield piece.predictions()
                    piece, any_ = _Piece(path, table), True
    except csv.Error as error:
        raise DataError(f"{path}, line {rows.line_num}: is no CSV: {error}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    if piece.ids or not any_:
        yield piece.predictions()


@dataclass
class _Piece:
    """Some lines of a file."""

    path: Path
    table: tuple[Label, ...]
    ids: list[str] = field(default_factory=list)
    rows: array[int] = field(default_factory=lambda: array("q"))
    labels: array[int] = field(default_factory=lambda: array("q"))
    scores: array[float] = field(default_factory=lambda: array("f"))

    def add(self, row: list[str], line: int) -> None:
        """Take a line in."""
        where = f"{self.path}, line {line}"
        if len(row) != 2:
            raise DataError(f"{where} has {len(row)} columns and not 2")
        words = row[1].split()
        try:
            labels = [int(word) for word in words[::2]]
            scores = [float(word) for word in words[1::2]]
        except ValueError as error:
            raise DataError(f"{where}: {error} among pairs of a label and a score") from error
        if len(labels) != len(scores):
            raise DataError(f"{where}: its last label, {labels[-1]}, has no score")
        strange = [label for label in labels if not 0 <= label < len(self.table)]
        if strange:
            raise DataError(
                f"{where}: there is no label {strange[0]} among {len(self.table)}: these are "
                "predictions of a tagger with other labels"
            )
        if not all(0 <= score <= 1 for score in scores):
            raise DataError(f"{where}: a score is from 0 to 1, and these are not: {row[1][:60]}")
        self.rows.extend([len(self.ids)] * len(labels))
        self.labels.extend(labels)
        self.scores.extend(scores)
        self.ids.append(row[0])

    def predictions(self) -> Predictions:
        """Make predictions of the lines."""
        clips = len(self.ids)
        scores = np.zeros((clips, len(self.table)), np.float32)
        scores[np.asarray(self.rows), np.asarray(self.labels)] = self.scores
        nowhere = np.full(clips, np.nan)
        return Predictions(
            scores=scores,
            ids=tuple(self.ids),
            starts=nowhere,
            ends=nowhere,
            table=self.table,
            title=self.path.stem,
            complete=False,
        )
