"""The table for people: what is to be heard, with bars; and when, on a line of time."""

from __future__ import annotations

import io
import shutil
import sys

from rich.console import Console
from rich.text import Text

from earmark.cli.streams import printable
from earmark.tagging.results import Event, Tag, Tagging

__all__ = ["Table", "clock"]

_NARROWEST, _WIDEST = 40, 100
_QUIET = "bright_black"


class Table:
    """Draws taggings for a terminal; a `Document` like the other formats.

    Parameters
    ----------
    width : int, optional
        Columns, 40 at least; if not given the terminal's, up to 100, or 80 where there is none.
    colour : bool, optional
        Whether to colour, in the terminal's own palette; if not given as stdout and the
        environment (``NO_COLOR``, ``TERM``) say.
    """

    def __init__(self, *, width: int | None = None, colour: bool | None = None) -> None:
        wanted = width or min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)
        self._width = max(wanted, _NARROWEST)
        self._page = io.StringIO()
        self._console = Console(
            file=self._page,
            width=self._width,
            force_terminal=(sys.stdout.isatty() or None) if colour is None else colour,
            highlight=False,
            soft_wrap=True,
        )
        self._any = False

    def head(self) -> str:
        """Nothing: each recording has a heading of its own."""
        return ""

    def item(self, tagging: Tagging) -> str:
        """Draw one recording."""
        events = tagging.events or ()
        found: list[Tag | Event] = [*tagging.tags, *events]
        lines = [Text()] if self._any else []
        self._any = True
        lines.append(self._heading(tagging))
        if not found:
            lines.append(Text("  nothing reaches the threshold", _QUIET))
        # In cells and not in characters, of which some are wide.
        names = max((Text(item.label).cell_len for item in found), default=0)
        names = min(names, self._width // 2, self._width - 11)
        lines += [self._tag(tag, names) for tag in tagging.tags]
        if tagging.tags and events:
            lines.append(Text())
        lines += [self._event(event, names, tagging.duration) for event in events]
        for line in lines:
            self._console.print(line)
        text = self._page.getvalue()
        self._page.seek(0)
        self._page.truncate()
        return text

    def tail(self) -> str:
        """Nothing."""
        return ""

    def _heading(self, tagging: Tagging) -> Text:
        length = _length(tagging.duration)
        room = self._width - len(length) - 2
        name = Text(printable(tagging.source), "bold")
        if name.cell_len > room:  # the end of a path says more than its beginning
            name = Text("…", "bold") + name[-(room - 1) :]
        gap = " " * max(2, self._width - name.cell_len - len(length))
        return Text.assemble(name, gap, (length, _QUIET))

    def _tag(self, tag: Tag, names: int) -> Text:
        cells = self._width - names - 11
        full = round(2 * cells * tag.score)
        bar = "━" * (full // 2) + "╸" * (full % 2)
        return Text.assemble(
            "  ",
            _name(tag, names),
            "   ",
            (bar, _colour(tag)),
            ("─" * (cells - len(bar)), _QUIET),
            "  ",
            (f"{tag.score:.2f}", _colour(tag)),
        )

    def _event(self, event: Event, names: int, duration: float) -> Text:
        times = f"{clock(event.start, duration)} \N{EN DASH} {clock(event.end, duration)}"
        room = self._width - len(times) - 14
        names = min(names, max(room - 8, 8))
        cells = max(room - names, 1)
        begin = min(int(event.start / duration * cells), cells - 1)
        end = max(begin + 1, min(round(event.end / duration * cells), cells))
        return Text.assemble(
            "  ",
            (times, _QUIET),
            "   ",
            _name(event, names),
            "   ",
            ("─" * begin, _QUIET),
            ("━" * (end - begin), _colour(event)),
            ("─" * (cells - end), _QUIET),
            "  ",
            (f"{event.score:.2f}", _colour(event)),
        )


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


def _name(found: Tag | Event, cells: int) -> Text:
    name = Text(printable(found.label), "bold" if found.score >= 0.5 else "")
    name.truncate(cells, overflow="ellipsis", pad=True)
    return name


def _colour(found: Tag | Event) -> str:
    if found.score >= 0.5:
        return "bold cyan"
    return "cyan" if found.score >= 0.1 else _QUIET
