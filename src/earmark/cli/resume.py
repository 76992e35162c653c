"""What an output file already holds, so that a rerun can go on where the last one ended."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from earmark.errors import UsageError
from earmark.tagging.export import columns

__all__ = ["Done", "done"]


@dataclass
class Done:
    """What is in the file."""

    sources: set[str] = field(default_factory=set)
    """The recordings that need not be done again."""
    keep: int = 0
    """How many of its bytes are whole lines of theirs."""


def done(
    path: Path,
    *,
    format: Literal["jsonl", "csv"],
    model: str,
    events: bool,
    calibrated: bool = False,
) -> Done:
    """Read the output of a run that was ended.

    A last line that was cut off does not count, and neither, in CSV, do the other rows of the same
    recording: it is done again.

    Parameters
    ----------
    path : Path
        It need not be there.
    format : {"jsonl", "csv"}
    model : str
        The tagger in use: what another one said is not to be mixed with what it says.
    events : bool
        Whether events are asked for.
    calibrated : bool
        Whether the tagger gives probabilities.

    Raises
    ------
    UsageError
        If the file holds something else.
    """
    if not path.exists():
        return Done()
    try:
        with path.open("rb") as file:
            if format == "jsonl":
                return _json_lines(
                    file, str(path), model=model, events=events, calibrated=calibrated
                )
            wanted = columns(events=events, calibrated=calibrated)
            return _csv(file, str(path), model=model, columns=wanted)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _json_lines(file: BinaryIO, name: str, *, model: str, events: bool, calibrated: bool) -> Done:
    found = Done()
    for number, line in enumerate(file, 1):
        if not line.endswith(b"\n"):
            break
        try:
            entry = json.loads(line)
            source, made_by, has_events = entry["source"], entry["model"], "events" in entry
            likely = ["probability" in tag for tag in entry["tags"]]
        except (ValueError, TypeError, KeyError):
            raise _other(f"{name}, line {number}", "is no line of `earmark tag`") from None
        _check_model(f"{name}, line {number}", made_by, model)
        if has_events != events:
            raise _other(name, f"was made {'with' if has_events else 'without'} --events")
        if likely and likely[0] != calibrated:
            raise _other(
                name, f"was made {'before' if calibrated else 'while'} {model} was calibrated"
            )
        found.sources.add(source)
        found.keep += len(line)
    return found


def _csv(file: BinaryIO, name: str, *, model: str, columns: tuple[str, ...]) -> Done:
    lines = _Lines(file)
    rows = csv.reader(lines, strict=True)
    header = next(rows, None)
    if header is None or (lines.half and ",".join(columns).startswith(lines.text)):
        return Done()
    if tuple(header) != columns:
        raise _other(name, f"has columns {','.join(header)} and not {','.join(columns)}")
    found = Done(keep=lines.read)
    last, last_begin = "", found.keep
    try:
        for row in rows:
            if lines.half:
                raise csv.Error
            if len(row) != len(columns):
                raise _other(f"{name}, line {rows.line_num}", "is no row of `earmark tag`")
            _check_model(f"{name}, line {rows.line_num}", row[-1], model)
            if row[0] != last:
                last, last_begin = row[0], found.keep
            found.sources.add(last)
            found.keep = lines.read
    except csv.Error:
        # The rows of a recording are written together: more than the cut one may be missing.
        found.sources.discard(last)
        found.keep = last_begin
    return found


class _Lines:
    """The lines of a file as `csv` wants them, counting their bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.read = 0
        self.half = False
        self.text = ""

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self.read += len(line)
            self.half = not line.endswith(b"\n")
            self.text = line.decode("utf-8", "surrogateescape")
            yield self.text


def _check_model(where: str, found: object, model: str) -> None:
    if found != model:
        raise _other(where, f"was made by {found}, not by {model}")


def _other(where: str, what: str) -> UsageError:
    return UsageError(f"{where} {what}: give another --output, or leave --resume out to begin anew")
