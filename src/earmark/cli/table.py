"""The table for people: what is to be heard, with bars; and when, on a line of time."""

from __future__ import annotations

import os
import shutil
import sys

# Only these two: rich's console takes longer to import than a short recording to tag.
from rich.cells import cell_len, set_cell_size
from rich.style import Style

from earmark.cli.streams import printable
from earmark.tagging.results import Event, Tag, Tagging

__all__ = ["Table", "clock"]

_NARROWEST, _ROOMY, _WIDEST = 40, 60, 100
_QUIET = "bright_black"


class Table:
    """Draws taggings for a terminal; a `Document` like the other formats.

    Parameters
    ----------
    width : int, optional
        Columns, 40 at least; if not given the terminal's, up to 100, or 80 where there is none.
    styled : bool, optional
        Whether to use bold and colours, in the terminal's own palette; if not given as stdout and
        ``TERM`` say.
    colour : bool, optional
        Whether to use colours, where there is style at all; if not given as ``NO_COLOR`` says.
    """

    def __init__(
        self, *, width: int | None = None, styled: bool | None = None, colour: bool | None = None
    ) -> None:
        wanted = width or min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)
        self._width = max(wanted, _NARROWEST)
        terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._styled = terminal if styled is None else styled
        self._colour = not os.environ.get("NO_COLOR") if colour is None else colour
        self._any = False

    def head(self) -> str:
        """Nothing: each recording has a heading of its own."""
        return ""

    def item(self, tagging: Tagging) -> str:
        """Draw one recording."""
        events = tagging.events or ()
        found: list[Tag | Event] = [*tagging.tags, *events]
        lines = [""] if self._any else []
        self._any = True
        lines.append(self._heading(tagging))
        if not found:
            lines.append(self._paint("  nothing reaches the threshold", _QUIET))
        names = max((cell_len(item.label) for item in found), default=0)
        more = max(map(self._room_for, found), default=0)
        names = min(names, self._width // 2, self._width - 11 - more)
        lines += [self._tag(tag, names) for tag in tagging.tags]
        if tagging.tags and events:
            lines.append("")
        lines += [self._event(event, names, tagging.duration) for event in events]
        return "".join(f"{line}\n" for line in lines)

    def tail(self) -> str:
        """Nothing."""
        return ""

    def _heading(self, tagging: Tagging) -> str:
        length = _length(tagging.duration)
        name = _end_of(printable(tagging.source), self._width - len(length) - 2)
        gap = " " * (self._width - cell_len(name) - len(length))
        return self._paint(name, "bold") + gap + self._paint(length, _QUIET)

    def _tag(self, tag: Tag, names: int) -> str:
        cells = self._width - names - 11 - self._room_for(tag)
        full = round(2 * cells * tag.score)
        bar = "━" * (full // 2) + "╸" * (full % 2)
        rest = "─" * (cells - len(bar))
        line = self._paint(bar, _strength(tag)) + self._paint(rest, _QUIET)
        return f"  {self._name(tag, names)}   {line}  {self._score(tag)}"

    def _event(self, event: Event, names: int, duration: float) -> str:
        times = f"{clock(event.start, duration)} \N{EN DASH} {clock(event.end, duration)}"
        room = self._width - len(times) - 14 - self._room_for(event)
        names = min(names, max(room - 8, 8))
        cells = max(room - names, 1)
        begin = min(int(event.start / duration * cells), cells - 1)
        end = max(begin + 1, min(round(event.end / duration * cells), cells))
        lane = (
            self._paint("─" * begin, _QUIET)
            + self._paint("━" * (end - begin), _strength(event))
            + self._paint("─" * (cells - end), _QUIET)
        )
        name, score = self._name(event, names), self._score(event)
        return f"  {self._paint(times, _QUIET)}   {name}   {lane}  {score}"

    def _name(self, found: Tag | Event, cells: int) -> str:
        name = printable(found.label)
        if cell_len(name) > cells:
            name = set_cell_size(name, cells - 1) + "…"
        return self._paint(set_cell_size(name, cells), "bold" if found.score >= 0.5 else "")

    def _score(self, found: Tag | Event) -> str:
        score = self._paint(f"{found.score:.2f}", _strength(found))
        if found.probability is None or not self._room_for(found):
            return score
        return score + self._paint(f"{100 * found.probability:5.0f} %", _QUIET)

    def _room_for(self, found: Tag | Event) -> int:
        """How many cells a probability takes behind the score, where there is one and room."""
        return 0 if found.probability is None or self._width < _ROOMY else 7

    def _paint(self, text: str, style: str) -> str:
        if not self._styled or not style or not text:
            return text
        parsed = Style.parse(style)
        return (parsed if self._colour else parsed.without_color).render(text)


def clock(seconds: float, longest: float) -> str:
    """Write a time as on a watch, as wide as the longest in its column: ``1:02:03.4``."""
    tenths = round(seconds * 10)
    hours, minutes = tenths // 36000, tenths // 600
    if longest >= 3600:
        width = len(str(int(longest // 3600)))
        return f"{hours:{width}d}:{minutes % 60:02d}:{tenths % 600 / 10:04.1f}"
    if longest >= 60:
        return f"{minutes:2d}:{tenths % 600 / 10:04.1f}"
    return f"{tenths / 10:4.1f}"


def _length(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else clock(seconds, seconds).strip()


def _end_of(path: str, cells: int) -> str:
    """Shorten a path at its beginning, which says less than its end."""
    if cell_len(path) <= cells:
        return path
    while cell_len(path) > cells - 1:
        path = path[1:]
    return f"…{path}"


def _strength(found: Tag | Event) -> str:
    if found.score >= 0.5:
        return "bold cyan"
    return "cyan" if found.score >= 0.1 else _QUIET
