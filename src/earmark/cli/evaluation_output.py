"""Where the results of `evaluate` go, and what is to be said beside them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from earmark.cli.streams import Sink
from earmark.errors import UsageError
from earmark.evaluation.assessment import Assessment
from earmark.tagging.choice import choose

__all__ = ["Plan", "notes", "plan"]

Shown = Literal["table", "json", "csv"]
Kind = Literal["json", "csv", "html"]

_SUFFIXES: dict[str, Kind] = {".json": "json", ".csv": "csv", ".html": "html", ".htm": "html"}
_IN_FOLDER: dict[str, Kind] = {
    "metrics.json": "json",
    "classes.csv": "csv",
    "report.html": "html",
}
_NAMED = 5


@dataclass(frozen=True)
class Plan:
    """What is to be written."""

    shown: Shown | None
    """On stdout."""
    folder: Path | None
    """A folder that has to be there first."""
    files: tuple[tuple[Path, Kind], ...]
    """The files."""

    def write(self, found: Assessment, *, data: str, curves: Sequence[str]) -> list[Path]:
        """Write it.

        Parameters
        ----------
        found : Assessment
        data : str
            What it was measured on, for headings.
        curves : sequence of str
            Classes whose curves a report is to show.

        Returns
        -------
        list of Path
            The files.
        """
        chosen = choose(found.matched.table, curves) if curves else None
        if self.folder is not None:
            _make(self.folder)
        for path, kind in self.files:
            with Sink(path, whole=True) as sink:
                sink.write(_text(found, kind, data=data, curves=chosen))
        if self.shown is not None:
            with Sink() as sink:
                sink.write(_text(found, self.shown, data=data, curves=chosen))
        return [path for path, _ in self.files]


def plan(output: Path | None, *, report: Path | None, format: Shown | None) -> Plan:
    """Say what is to be written, before anything is read.

    Raises
    ------
    UsageError
        If a name does not tell what its file is to be.
    """
    pages: tuple[tuple[Path, Kind], ...] = () if report is None else ((report, "html"),)
    if report is not None and report.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--report {report} is a page: call it .html")
    _require_place(report)
    if output is None:
        return Plan(format or _for_reader() or "json", None, pages)
    if output.is_dir() or (not output.suffix and not output.exists()):
        files = tuple((output / name, kind) for name, kind in _IN_FOLDER.items())
        return Plan(format or _for_reader(), output, (*files, *pages))
    kind = _SUFFIXES.get(output.suffix.lower()) if format is None else format
    if kind is None:
        raise UsageError(
            f"--output {output} may be anything: call it .json, .csv or .html, or name a folder "
            "for all three"
        )
    if kind == "table":
        raise UsageError("--format table is for a terminal: leave --output out")
    _require_place(output)
    return Plan(None, None, ((output, kind), *pages))


def notes(found: Assessment) -> Iterator[str]:
    """Yield what a reader of the results has to know, a sentence each."""
    matched = found.matched
    if matched.unknown:
        names = [f"{label.name} ({_many(count, 'clip')})" for label, count in matched.unknown]
        them = "it" if len(names) == 1 else "them"
        yield (
            f"left out, as {found.title} does not know {them}: {_some(names)}, "
            f"{_many(len(names), 'label')} of the set"
        )
    if matched.unlabelled:
        names = [label.name for label in matched.unlabelled]
        them = "it" if len(names) == 1 else "them"
        yield (
            f"left out, as the set has no label for {them}: {_some(names)}, "
            f"{_many(len(names), 'class', 'classes')} of {found.title}"
        )
    if matched.without_predictions:
        yield f"without predictions: {_many(matched.without_predictions, 'clip')} of the set"
    if matched.without_labels:
        yield f"not in the set: {_many(matched.without_labels, 'clip')} of the predictions"
    if not matched.predictions.complete:
        yield (
            "these predictions have the best classes of each clip only, and count as 0 for the "
            "others: Hit@1, PERR, mAP@20 and GAP are right, and the other metrics too low"
        )
    if found.evaluation.n_without_positives:
        count = found.evaluation.n_without_positives
        yield f"in no clip, and left out of means: {_many(count, 'class', 'classes')}"


def _text(
    found: Assessment,
    kind: Shown | Kind,
    *,
    data: str,
    curves: Sequence[int] | None,
) -> str:
    match kind:
        case "json":
            return found.to_json() + "\n"
        case "csv":
            return found.to_csv()
        case "table":
            from earmark.cli.evaluation_table import draw  # needs rich, which is slow to import

            return draw(found, data=data)
        case "html":
            from earmark.evaluation.report.page import page

            return page(found, data=data, curves=curves, notes=[*notes(found)])


def _for_reader() -> Shown | None:
    return "table" if sys.stdout.isatty() else None


def _require_place(path: Path | None) -> None:
    """Refuse a file in a folder that is not there, before minutes of work are done for it."""
    if path is not None and not path.parent.is_dir():
        raise UsageError(f"{path} cannot be written: there is no folder {path.parent}")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror or error}") from error


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _many(count: int, one: str, several: str = "") -> str:
    return f"{count} {one if count == 1 else several or one + 's'}"
