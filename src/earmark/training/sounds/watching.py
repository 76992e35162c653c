"""Who is told how the work goes: what is done, what is left out, what is worth knowing."""

from __future__ import annotations

from typing import Protocol

from earmark.audio import Skipped

__all__ = ["Silent", "Watcher"]


class Watcher(Protocol):
    """Is told of the work while it goes on."""

    def begin(self, total: int) -> None:
        """Hear that so many recordings are to be read."""

    def heard(self, name: str, seconds: float, length: float | None) -> None:
        """Hear how many seconds of a recording are read, of how many if known; from any thread."""

    def done(self, name: str) -> None:
        """Hear that a recording has been read, or was known already, or cannot be read."""

    def skipped(self, skipped: Skipped) -> None:
        """Hear that something is left out."""

    def told(self, text: str) -> None:
        """Hear how it goes, in a sentence that need not be read."""

    def note(self, text: str) -> None:
        """Hear a sentence that a person should read."""


class Silent:
    """A watcher that keeps it to itself."""

    def begin(self, total: int) -> None:
        """Do nothing."""

    def heard(self, name: str, seconds: float, length: float | None) -> None:
        """Do nothing."""

    def done(self, name: str) -> None:
        """Do nothing."""

    def skipped(self, skipped: Skipped) -> None:
        """Do nothing."""

    def told(self, text: str) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""
