"""Predictions as text for people and scripts: the best tags of each clip, by name.

``jsonl`` has an object a line and clip: ``id``, ``start`` and ``end`` (null where unknown),
``model``, for clips of YouTube ``link``, and ``tags``, the best score first, as `earmark tag` has
them. ``csv`` has a row a tag: ``id,start,end,label_id,label,score,model``. Where the tagger is
calibrated a probability stands beside each score.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from earmark.evaluation.predictions import Predictions
from earmark.formats.whole import replacing
from earmark.tagging.results import Tag

__all__ = ["COLUMNS", "Lines", "head", "json_lines", "link", "rows", "write"]

Lines = Literal["jsonl", "csv"]
COLUMNS = ("id", "start", "end", "label_id", "label", "score", "probability", "model")
_YOUTUBE = re.compile(r"[A-Za-z0-9_-]{11}")


def link(id_: str, start: float) -> str | None:
    """Return where YouTube plays a clip, or None if its id is none of YouTube's.

    Parameters
    ----------
    id_ : str
        AudioSet's ``video_id``: eleven letters, digits, ``-`` or ``_``.
    start : float
        Seconds; NaN where unknown.

    Examples
    --------
    >>> link("--4gqARaEJE", 30.0)
    'https://www.youtube.com/watch?v=--4gqARaEJE&t=30s'
    """
    if not _YOUTUBE.fullmatch(id_):
        return None
    time = "" if math.isnan(start) else f"&t={int(start)}s"
    return f"https://www.youtube.com/watch?v={id_}{time}"


def write(path: Path, chunks: Iterable[Predictions], *, format: Lines, top_k: int) -> None:
    """Write predictions as they come; the file appears when it is complete.

    Raises
    ------
    DataError
        If it cannot be written, as on a full disk.
    """
    lines = json_lines if format == "jsonl" else rows
    with replacing(path) as part, part.open("wb") as file:
        if format == "csv":
            file.write(head().encode())
        for piece in chunks:
            text = "".join(lines(piece, top_k=top_k))
            file.write(text.encode("utf-8", "surrogateescape"))


def json_lines(piece: Predictions, *, top_k: int) -> Iterator[str]:
    """Yield an object for each clip."""
    for row, tags in enumerate(piece.tags(top_k=top_k)):
        start, end = float(piece.starts[row]), float(piece.ends[row])
        found: dict[str, object] = {
            "id": piece.ids[row],
            "start": _rounded(start),
            "end": _rounded(end),
            "model": piece.title,
        }
        where = link(piece.ids[row], start)
        if where is not None:
            found["link"] = where
        found["tags"] = [_object(tag) for tag in tags]
        text = json.dumps(found, ensure_ascii=False)
        try:
            text.encode()
        except UnicodeEncodeError:  # an id that is no Unicode: escaped, it reads back the same
            text = json.dumps(found)
        yield text + "\n"


def rows(piece: Predictions, *, top_k: int) -> Iterator[str]:
    """Yield the rows of each clip, without the header."""
    for row, tags in enumerate(piece.tags(top_k=top_k)):
        times = [_spell(float(piece.starts[row]), 3), _spell(float(piece.ends[row]), 3)]
        yield _csv(
            (
                piece.ids[row],
                *times,
                tag.id,
                tag.label,
                _spell(tag.score, 6),
                "" if tag.probability is None else _spell(tag.probability, 6),
                piece.title,
            )
            for tag in tags
        )


def head() -> str:
    """Return the header of the rows."""
    return _csv([COLUMNS])


def _object(tag: Tag) -> dict[str, str | float]:
    found: dict[str, str | float] = {
        "id": tag.id,
        "label": tag.label,
        "score": round(tag.score, 6),
    }
    if tag.probability is not None:
        found["probability"] = round(tag.probability, 6)
    return found


def _rounded(seconds: float) -> float | None:
    return None if math.isnan(seconds) else round(seconds, 3)


def _spell(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}f}"


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
