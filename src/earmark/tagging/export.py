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

__all__ = ["Document", "Format", "columns", "document", "to_json"]

Format = Literal["json", "jsonl", "csv", "audacity", "raven"]

_TAG_COLUMNS = ("source", "duration", "id", "label", "score")
_EVENT_COLUMNS = ("source", "start", "end", "id", "label", "score")
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


def columns(*, events: bool, calibrated: bool) -> tuple[str, ...]:
    """What the columns of a CSV file of events, or of tags, are called."""
    shown = _EVENT_COLUMNS if events else _TAG_COLUMNS
    return (*shown, "probability", "model") if calibrated else (*shown, "model")


class Document(Protocol):
    """One format, while it is being written."""

    def head(self) -> str:
        """Write what stands before the first recording."""

    def item(self, tagging: Tagging) -> str:
        """Write what a recording adds."""

    def tail(self) -> str:
        """Write what stands after the last recording."""


def document(format: Format, *, events: bool = False, calibrated: bool = False) -> Document:
    """Begin a document.

    Parameters
    ----------
    format : {"json", "jsonl", "csv", "audacity", "raven"}
    events : bool
        Whether its rows are events rather than tags; for the first three, which can show both.
    calibrated : bool
        Whether what is to be written has probabilities, which formats with columns need to know.
    """
    match format:
        case "json":
            return _Json()
        case "jsonl":
            return _JsonLines()
        case "csv":
            return _Csv(events=events, calibrated=calibrated)
        case "audacity":
            return _Audacity()
        case "raven":
            return _Raven(calibrated=calibrated)


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
    found: dict[str, str | float] = {
        "id": tag.id,
        "label": tag.label,
        "score": round(tag.score, 6),
    }
    if tag.probability is not None:
        found["probability"] = round(tag.probability, 6)
    return found


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

    def __init__(self, *, events: bool, calibrated: bool) -> None:
        self._events, self._calibrated = events, calibrated

    def head(self) -> str:
        return _rows([columns(events=self._events, calibrated=self._calibrated)])

    def item(self, tagging: Tagging) -> str:
        source, model = tagging.source, tagging.model
        if self._events:
            return _rows(
                (source, *_times(event), event.id, event.label, *self._scores(event), model)
                for event in tagging.events or ()
            )
        seconds = f"{tagging.duration:.3f}"
        return _rows(
            (source, seconds, tag.id, tag.label, *self._scores(tag), model) for tag in tagging.tags
        )

    def tail(self) -> str:
        return ""

    def _scores(self, tag: Tag | Event) -> tuple[str, ...]:
        return _scores(tag, calibrated=self._calibrated)


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

    def __init__(self, *, calibrated: bool) -> None:
        self._calibrated = calibrated
        self._selection = 0
        self._offset = 0.0

    def head(self) -> str:
        more = ("Probability",) if self._calibrated else ()
        return _rows([(*_RAVEN_COLUMNS, *more)], delimiter="\t")

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
                    *_scores(event, calibrated=self._calibrated),
                )
            )
        self._offset += tagging.duration
        return _rows(rows, delimiter="\t")

    def tail(self) -> str:
        return ""


def _times(event: Event) -> tuple[str, str]:
    return f"{event.start:.3f}", f"{event.end:.3f}"


def _scores(tag: Tag | Event, *, calibrated: bool) -> tuple[str, ...]:
    """The score and, where there is to be a column for it, the probability."""
    if not calibrated:
        return (f"{tag.score:.6f}",)
    probability = "" if tag.probability is None else f"{tag.probability:.6f}"
    return f"{tag.score:.6f}", probability


def _rows(rows: Iterable[Iterable[str]], *, delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()
