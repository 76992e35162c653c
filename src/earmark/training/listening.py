"""Who is told how a run goes, while it goes."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Listener", "Silent"]


class Listener(Protocol):
    """Is told how a run goes, while it goes."""

    def notice(self, text: str) -> None:
        """Hear of something that may be wrong, in one sentence."""

    def began(self, *, step: int, steps: int, batch: int) -> None:
        """Hear that a run begins, or goes on, at a step."""

    def stepped(self, step: int) -> None:
        """Hear that a step is done: the first is 1."""

    def noted(self, step: int, values: dict[str, float]) -> None:
        """Hear what was noted or measured after a step."""


class Silent:
    """A listener that keeps it to itself."""

    def notice(self, text: str) -> None:
        """Do nothing."""

    def began(self, *, step: int, steps: int, batch: int) -> None:
        """Do nothing."""

    def stepped(self, step: int) -> None:
        """Do nothing."""

    def noted(self, step: int, values: dict[str, float]) -> None:
        """Do nothing."""
