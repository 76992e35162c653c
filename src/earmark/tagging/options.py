"""What one can ask of a tagger, in one value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from earmark.bundle import Pooling
from earmark.errors import UsageError

__all__ = ["Options", "Pooling", "Short", "Threshold"]

Short = Literal["loop", "pad", "error"]
Threshold = float | Literal["auto"]
"""A score; or ``auto``, each class's own threshold, which a tagger has that is calibrated."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to read a recording and what to say of it.

    Raises
    ------
    UsageError
        If a value makes no sense, naming it.
    """

    top_k: int | None = 5
    """How many tags at most; None for all of them."""
    threshold: Threshold = 0.0
    """The lowest score of a tag; ``auto`` for each class's own."""
    labels: Sequence[str] | None = None
    """Only these, by name or id; None for all of them."""
    with_children: bool = False
    """Whether what stands below those labels in the ontology counts as named too."""
    start: float = 0.0
    """Where in the recording to begin, in seconds."""
    pooling: Pooling | None = None
    """How clips become the recording's scores; None for the tagger's own rule."""
    short: Short = "loop"
    """What to do with a recording shorter than a patch."""
    events: bool = False
    """Whether to say when, too."""
    event_threshold: Threshold = 0.5
    """The lowest score of a patch that belongs to an event; ``auto`` for each class's own."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.top_k is not None and self.top_k < 1:
            raise UsageError(f"top_k is {self.top_k}: ask for at least 1 tag")
        for name in ("threshold", "event_threshold"):
            value = getattr(self, name)
            if value != "auto" and (isinstance(value, str) or not 0 <= value <= 1):
                raise UsageError(f"{name} is {value}: scores lie between 0 and 1")
        if not (math.isfinite(self.start) and self.start >= 0):
            raise UsageError(f"start is {self.start}: give a number of seconds from 0 up")
        if self.pooling is not None and self.pooling not in get_args(Pooling):
            raise UsageError(f"pooling is {self.pooling!r}: it can be mean, max, first or loop")
        if self.short not in get_args(Short):
            raise UsageError(f"short is {self.short!r}: it can be loop, pad or error")
        if isinstance(self.labels, str):
            raise UsageError(f"labels is one text: give a list of names, as in [{self.labels!r}]")
        if self.with_children and self.labels is None:
            raise UsageError("with_children needs labels: children of which?")
