"""One line at the foot of the terminal while work is long: how far, how fast, how long still."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

from earmark.cli.streams import coloured, printable

__all__ = ["Progress", "spell"]

_PATIENCE = 1.0
_INTERVAL = 0.1
_BAR = 24


class Progress:
    """Follows the work, from any number of threads, and shows it on a terminal.

    Nothing shows in the first second, nor where stderr is no terminal. Whoever prints to the same
    terminal calls `hide` before.

    Parameters
    ----------
    total : int, optional
        How many recordings there are, if that is known.
    stream : text file, optional
        Where to show it; stderr if not given.
    clock : callable
        Tells the time in seconds.
    """

    def __init__(
        self,
        *,
        total: int | None = None,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total = total
        self.finished = 0
        self.seconds = 0.0
        self._stream = stream or sys.stderr
        self._clock = clock
        self._lock = threading.Lock()
        self._begun = clock()
        self._drawn = self._begun + _PATIENCE - _INTERVAL
        self._shown = False
        self._under_way: dict[str, tuple[float, float | None]] = {}
        self.visible = self._stream.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def elapsed(self) -> float:
        """Seconds since the work began."""
        return self._clock() - self._begun

    def heard(self, name: str, seconds: float, length: float | None = None) -> None:
        """Take note that so many seconds of a recording are done, of so many if that is known."""
        with self._lock:
            before, _ = self._under_way.get(name, (0.0, None))
            self.seconds += max(0.0, seconds - before)
            self._under_way[name] = (seconds, length)
            self._draw()

    def done(self, name: str) -> None:
        """Take note that a recording is done, or was skipped."""
        with self._lock:
            self._under_way.pop(name, None)
            self.finished += 1
            self._draw()

    def hide(self) -> None:
        """Clear the line, until the next time."""
        with self._lock:
            if self._shown:
                self._stream.write("\r\x1b[2K")
                self._stream.flush()
                self._shown = False

    def line(self) -> str:
        """Compose what is shown, without colours."""
        elapsed = self.elapsed
        parts = []
        part = self._part()
        if part is not None:
            full = round(part * _BAR)
            parts.append("━" * full + "─" * (_BAR - full) + f" {part:4.0%}")
        if self.total is None or self.total > 1:
            of = "" if self.total is None else f" of {self.total}"
            parts.append(f"{self.finished}{of} done")
        if elapsed > 0 and self.seconds:
            parts.append(f"{self.seconds / elapsed:.0f}x real time")
        if part and elapsed > 0:
            parts.append(f"{spell(elapsed * (1 - part) / part)} left")
        name = next(iter(self._under_way), "")
        return "   ".join([*parts, printable(name)])

    def _part(self) -> float | None:
        """How much of the work is done, from 0 to 1."""
        if self.total is None:
            return None
        parts = [
            min(1.0, seconds / length) for seconds, length in self._under_way.values() if length
        ]
        if self.total == 1 and not self.finished and not parts:
            return None
        return min(1.0, (self.finished + sum(parts)) / max(1, self.total))

    def _draw(self) -> None:
        now = self._clock()
        if not self.visible or now - self._drawn < _INTERVAL:
            return
        self._drawn = now
        line = self.line()[: _columns(self._stream) - 1]
        if coloured(self._stream):
            # The bar is the first thing on the line, and nothing else looks like it.
            end = line.rfind("━") + 1
            line = f"\x1b[36m{line[:end]}\x1b[90m{line[end:]}\x1b[0m"
        self._stream.write(f"\r\x1b[2K{line}")
        self._stream.flush()
        self._shown = True


def spell(seconds: float) -> str:
    """Write a length of time in words: ``12.3 s``, ``4 min 10 s``, ``2 h 5 min``."""
    if seconds < 59.95:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
