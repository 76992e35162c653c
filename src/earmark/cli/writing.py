"""Taggings -> stdout, a file or a folder, in the format that was asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Literal

from earmark.cli.streams import Sink
from earmark.errors import UsageError
from earmark.tagging.export import Document, document
from earmark.tagging.results import Tagging

__all__ = ["EVENT_FORMATS", "Shown", "left_over", "pick", "write"]

Shown = Literal["table", "json", "jsonl", "csv", "audacity", "raven"]

EVENT_FORMATS = ("audacity", "raven")
_LINES = ("jsonl", "csv")
_SUFFIXES: dict[str, Shown] = {".json": "json", ".jsonl": "jsonl", ".csv": "csv"}


def pick(format: Shown | None, output: Path | None) -> Shown:
    """Choose the format: as asked, else as the file is named, else as suits the reader.

    Raises
    ------
    UsageError
        If the name of the file does not tell, or there is to be a folder of files in a format that
        holds all recordings in one.
    """
    if output is not None and _is_folder(output):
        if format not in EVENT_FORMATS:
            raise UsageError(
                f"--output {output} is a folder: name a file, or write a track for each recording "
                "with --format audacity or raven"
            )
        return format
    if format is not None:
        return format
    if output is None:
        return "table" if sys.stdout.isatty() else "jsonl"
    if output.suffix.lower() not in _SUFFIXES:
        raise UsageError(
            f"--output {output} may be of any format: call it .json, .jsonl or .csv, or give a "
            "--format"
        )
    return _SUFFIXES[output.suffix.lower()]


def write(
    taggings: Iterable[Tagging],
    *,
    shown: Shown,
    events: bool,
    output: Path | None,
    calibrated: bool = False,
    keep: int = 0,
    before: Callable[[], None] | None = None,
    written: Callable[[], None] | None = None,
) -> None:
    """Write taggings as they come.

    Parameters
    ----------
    taggings : iterable of Tagging
    shown : Shown
        The format.
    events : bool
        Whether rows are events.
    output : Path or None
        A file, a folder for the formats that have one file for each recording, or stdout.
    calibrated : bool
        Whether they have probabilities.
    keep : int
        How many bytes of the file are there already, of an earlier run.
    before : callable, optional
        Called before anything is written.
    written : callable, optional
        Called after each tagging that is written.
    """
    if output is not None and _is_folder(output):
        _write_tracks(taggings, output, shown=shown, calibrated=calibrated, written=written)
        return
    styled = None if output is None else False
    page = _document(shown, events=events, calibrated=calibrated, styled=styled)
    with Sink(output, whole=shown not in _LINES, keep=keep, before=before) as sink:
        if not keep:
            sink.write(page.head())
        try:
            for tagging in taggings:
                sink.write(page.item(tagging), then=written)
        finally:
            # Also after Ctrl-C, so that what stdout got is a whole document.
            sink.write(page.tail())


def left_over(shown: Shown, output: Path | None) -> str:
    """Say what a run that was interrupted leaves behind."""
    if output is None:
        return "what was written is whole"
    if output.is_dir():
        return f"their tracks are in {output}"
    if shown in _LINES:
        return f"they are in {output}: add --resume to go on from there"
    return f"{output} was not written: jsonl keeps what is done"


def _write_tracks(
    taggings: Iterable[Tagging],
    folder: Path,
    *,
    shown: Shown,
    calibrated: bool,
    written: Callable[[], None] | None,
) -> None:
    """Write a file for each recording, named after it."""
    taken: set[str] = set()
    for tagging in taggings:
        page = _document(shown, events=True, calibrated=calibrated)
        name = _free(_base(tagging.source), taken)
        with Sink(folder / f"{name}.txt", whole=True) as sink:
            sink.write(page.head() + page.item(tagging) + page.tail(), then=written)


def _document(
    shown: Shown, *, events: bool, calibrated: bool, styled: bool | None = None
) -> Document:
    if shown == "table":
        from earmark.cli.table import Table  # rich is slow to import, and only this needs it

        return Table(styled=styled)
    return document(shown, events=events, calibrated=calibrated)


def _is_folder(path: Path) -> bool:
    return path.is_dir()


def _base(source: str) -> str:
    """Return the last part of a recording's name, fit to be a file's."""
    name = PurePosixPath(source.replace("\\", "/").split("?")[0]).name
    return "".join(char if char.isalnum() or char in "._- ()" else "_" for char in name) or "track"


def _free(name: str, taken: set[str]) -> str:
    """Return the name, or the name with a number that no recording of this run has yet."""
    free, number = name, 1
    while free.casefold() in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free.casefold())
    return free
