"""Who is told how the work goes: what is done, what is left out, what is worth knowing."""

from __future__ import annotations

from earmark.audio import Skipped

__all__ = ["Watcher"]


class Watcher:
    """Is told of the work while it goes on, from any thread; this one keeps it to itself."""

    def begin(self, total: int) -> None:
        """So many recordings are to be read."""

    def heard(self, name: str, seconds: float, length: float | None) -> None:
        """So many seconds of a recording are read, of so many if that is known."""

    def done(self, name: str) -> None:
        """A recording has been read, or was known already, or cannot be read."""

    def skipped(self, skipped: Skipped) -> None:
        """Something is left out."""

    def note(self, text: str) -> None:
        """Take a sentence that a person should read."""
