"""What the tagger has to say, in the formats of others: JSON, CSV, Audacity's and Raven's.

Each format is a `Document`: a head, a piece for each recording as it comes, and a tail.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Literal, Protocol

from earmark.errors import UsageError
from earmark.tagging.results import Event, Tag, Tagging

__all__ = ["EVENT_COLUMNS", "TAG_COLUMNS", "Document", "Format", "document", "to_json"]

Format = Literal["json", "jsonl", "csv", "audacity", "raven"]

TAG_COLUMNS = ("source", "duration", "id", "label", "score", "model")
EVENT_COLUMNS = ("source", "start", "end", "id", "label", "score", "model")
_RAVEN_COLUMNS = (
    "Selection",
    "View",
    "Channel",
    "Begin Time (s)",
    "End Time (s)",
    "Low Freq (Hz)",
    "High Freq (Hz)",
    "Begin Path",
    "File Offset (s)",
    "Annotation",
    "Score",
)
_LOW_HZ, _HIGH_HZ = 125, 7500  # what the log-mel patches take in


class Document(Protocol):
    """One format, while it is being written."""

    def head(self) -> str:
        """Write what stands before the first recording."""

    def item(self, tagging: Tagging) -> str:
        """Write what a recording adds."""

    def tail(self) -> str:
        """Write what stands after the last recording."""


def document(format: Format, *, events: bool = False) -> Document:
    """Begin a document.

    Parameters
    ----------
    format : {"json", "jsonl", "csv", "audacity", "raven"}
    events : bool
        Whether its rows are events rather than tags; for the first three, which can show both.
    """
    match format:
        case "json":
            return _Json()
        case "jsonl":
            return _JsonLines()
        case "csv":
            return _Csv(events=events)
        case "audacity":
            return _Audacity()
        case "raven":
            return _Raven()


def to_json(tagging: Tagging) -> str:
    """Write a tagging as one JSON object, on one line.

    Scores are rounded to six digits after the point, times to a millisecond.
    """
    found: dict[str, object] = {
        "source": tagging.source,
        "duration": round(tagging.duration, 3),
        "model": tagging.model,
        "tags": [_tag(tag) for tag in tagging.tags],
    }
    if tagging.events is not None:
        found["events"] = [
            {"start": round(event.start, 3), "end": round(event.end, 3), **_tag(event)}
            for event in tagging.events
        ]
    text = json.dumps(found, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a file name that is no Unicode: escaped, it reads back the same
        text = json.dumps(found)
    return text


def _tag(tag: Tag | Event) -> dict[str, str | float]:
    return {"id": tag.id, "label": tag.label, "score": round(tag.score, 6)}


class _Json:
    """One array of objects, one on a line."""

    def __init__(self) -> None:
        self._any = False

    def head(self) -> str:
        return "["

    def item(self, tagging: Tagging) -> str:
        comma = "," if self._any else ""
        self._any = True
        return f"{comma}\n{to_json(tagging)}"

    def tail(self) -> str:
        return "\n]\n" if self._any else "]\n"


class _JsonLines:
    """One object on a line."""

    def head(self) -> str:
        return ""

    def item(self, tagging: Tagging) -> str:
        return to_json(tagging) + "\n"

    def tail(self) -> str:
        return ""


class _Csv:
    """A row for each tag, or for each event."""

    def __init__(self, *, events: bool) -> None:
        self._events = events

    def head(self) -> str:
        return _rows([EVENT_COLUMNS if self._events else TAG_COLUMNS])

    def item(self, tagging: Tagging) -> str:
        source, model = tagging.source, tagging.model
        if self._events:
            return _rows(
                (source, *_times(event), event.id, event.label, _score(event), model)
                for event in tagging.events or ()
            )
        seconds = f"{tagging.duration:.3f}"
        return _rows(
            (source, seconds, tag.id, tag.label, _score(tag), model) for tag in tagging.tags
        )

    def tail(self) -> str:
        return ""


class _Audacity:
    """A label track: start, end and label, for one recording."""

    def __init__(self) -> None:
        self._any = False

    def head(self) -> str:
        return ""

    def item(self, tagging: Tagging) -> str:
        if self._any:
            raise UsageError(
                "a label track of Audacity belongs to one recording: make a folder and give it as "
                "--output to get one track for each"
            )
        self._any = True
        return "".join(
            f"{event.start:.6f}\t{event.end:.6f}\t{event.label} {event.score:.2f}\n"
            for event in tagging.events or ()
        )

    def tail(self) -> str:
        return ""


class _Raven:
    """A selection table. Several recordings stand in it one after the other, as in Raven."""

    def __init__(self) -> None:
        self._selection = 0
        self._offset = 0.0

    def head(self) -> str:
        return _rows([_RAVEN_COLUMNS], delimiter="\t")

    def item(self, tagging: Tagging) -> str:
        rows = []
        for event in tagging.events or ():
            self._selection += 1
            begin, end = event.start + self._offset, event.end + self._offset
            rows.append(
                (
                    str(self._selection),
                    "Spectrogram 1",
                    "1",
                    f"{begin:.3f}",
                    f"{end:.3f}",
                    str(_LOW_HZ),
                    str(_HIGH_HZ),
                    tagging.source,
                    f"{event.start:.3f}",
                    event.label,
                    _score(event),
                )
            )
        self._offset += tagging.duration
        return _rows(rows, delimiter="\t")

    def tail(self) -> str:
        return ""


def _times(event: Event) -> tuple[str, str]:
    return f"{event.start:.3f}", f"{event.end:.3f}"


def _score(tag: Tag | Event) -> str:
    return f"{tag.score:.6f}"


def _rows(rows: Iterable[Iterable[str]], *, delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()
