"""Which formats predictions are kept in, and which one a file has."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Literal, get_args

from earmark import ontology
from earmark.errors import DataError, UsageError
from earmark.evaluation import kong_probs, tag_lines, youtube8m_csv
from earmark.evaluation.predictions import Predictions
from earmark.ontology import Label

__all__ = ["READABLE", "PredictionFormat", "format_of", "read_predictions", "write_predictions"]

PredictionFormat = Literal["parquet", "youtube8m", "jsonl", "tags"]

_SUFFIXES: dict[str, PredictionFormat] = {
    ".parquet": "parquet",
    ".csv": "youtube8m",
    ".jsonl": "jsonl",
}
READABLE = (".parquet", ".csv", ".npz")
"""What files of predictions are called that can be read."""


def format_of(path: Path, format: PredictionFormat | None = None) -> PredictionFormat:
    """Say which format a file is to be written in.

    Parameters
    ----------
    path : Path
    format : str, optional
        By the file's name if not given.

    Raises
    ------
    UsageError
        If the name does not tell.
    """
    if format is not None:
        return format
    found = _SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise UsageError(
            f"{path} may be of any format: call it .parquet, .csv (YouTube-8M's) or .jsonl, or say "
            f"which ({', '.join(get_args(PredictionFormat))})"
        )
    return found


def write_predictions(
    path: str | os.PathLike[str],
    chunks: Predictions | Iterable[Predictions],
    *,
    format: PredictionFormat | None = None,
    top_k: int = youtube8m_csv.TOP_K,
) -> None:
    """Write predictions; the file appears when it is complete.

    Parameters
    ----------
    path : path
        Where to. What is there stays until the new file is whole.
    chunks : Predictions or iterable of Predictions
        All of them, or piece by piece.
    format : {"parquet", "youtube8m", "jsonl", "tags"}, optional
        By the file's name if not given: ``.parquet`` keeps the score of every class, ``.csv`` is
        YouTube-8M's, ``.jsonl`` and ``tags`` have names.
    top_k : int
        How many labels of each clip to write; Parquet takes all.

    Raises
    ------
    DataError
        If it cannot be written, or the predictions do not belong together.
    UsageError
        If the name does not tell the format, or what writes it is not installed.
    """
    pieces = [chunks] if isinstance(chunks, Predictions) else chunks
    target = Path(path)
    match format_of(target, format):
        case "parquet":
            _parquet().write(target, pieces)
        case "youtube8m":
            youtube8m_csv.write(target, pieces, top_k=top_k)
        case "jsonl":
            tag_lines.write(target, pieces, format="jsonl", top_k=top_k)
        case "tags":
            tag_lines.write(target, pieces, format="csv", top_k=top_k)


def read_predictions(
    path: str | os.PathLike[str], *, table: tuple[Label, ...] | None = None
) -> Predictions:
    """Read predictions.

    Parameters
    ----------
    path : path
        Parquet, YouTube-8M's CSV, or what Kong's training leaves (``prob_1000_iters.npz``).
    table : tuple of Label, optional
        What their labels mean, where the file does not say; AudioSet's 527 if not given.

    Raises
    ------
    DataError
        If it is missing or damaged, or holds something else.
    UsageError
        If the name does not tell the format, or what reads it is not installed.
    """
    source = Path(path)
    if source.suffix.lower() not in READABLE:
        raise UsageError(f"{source}: predictions are read from {', '.join(READABLE)}")
    if not source.is_file():
        raise DataError(f"{source} {'is a folder' if source.is_dir() else 'does not exist'}")
    known = ontology.labels() if table is None else table
    if source.suffix.lower() == ".npz":
        return kong_probs.read(source, table=known)
    return Predictions.concatenate(list(_stream(source, known)))


def _stream(source: Path, table: tuple[Label, ...]) -> Iterator[Predictions]:
    if source.suffix.lower() == ".parquet":
        yield from _parquet().stream(source, table=table)
    else:
        yield from youtube8m_csv.stream(source, table=table)


def _parquet() -> ModuleType:
    try:
        from earmark.evaluation import predictions_parquet
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("", "earmark"):
            raise
        raise UsageError(f"parquet needs {missing}: pip install 'earmark[formats]'") from error
    return predictions_parquet
