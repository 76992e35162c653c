"""What the tagger has to say, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from earmark.embedders import Identity, dequantise

__all__ = ["Embeddings", "Event", "Tag", "Tagging"]


@dataclass(frozen=True, slots=True, repr=False)
class Tag:
    """A label that fits a recording, and how well."""

    label: str
    """The label's name: ``Thunder``."""
    score: float
    """From 0 to 1. Scores of different labels are independent and do not add up to 1."""
    id: str
    """The label's id: ``/m/0ngt1``."""
    probability: float | None = None
    """How likely it is that it fits, as recordings have shown; None where nobody has calibrated the
    tagger."""

    def __repr__(self) -> str:
        """Show it in short, as one would type it."""
        return f"Tag({self.label!r}, {self.score:.2f}, {self.id!r}{_more(self.probability)})"


@dataclass(frozen=True, slots=True, repr=False)
class Event:
    """A label that fits a stretch of a recording."""

    label: str
    """The label's name."""
    start: float
    """In seconds from the beginning of the recording."""
    end: float
    """In seconds from the beginning of the recording."""
    score: float
    """The highest score of its patches, from 0 to 1."""
    id: str
    """The label's id."""
    probability: float | None = None
    """How likely it is that the label fits a clip of that score, as for `Tag`."""

    def __repr__(self) -> str:
        """Show it in short, as one would type it."""
        start, end = round(self.start, 2), round(self.end, 2)
        return f"Event({self.label!r}, {start}, {end}, {self.score:.2f}{_more(self.probability)})"


@dataclass(frozen=True, slots=True)
class Tagging:
    """All there is to say of one recording."""

    source: str
    """The recording, as its user named it."""
    duration: float
    """Its length in seconds."""
    model: str
    """The tagger's name and version: ``compact 1.0``."""
    tags: tuple[Tag, ...]
    """The best score first."""
    events: tuple[Event, ...] | None = None
    """In order of time; None where nobody asked for them."""
    notes: tuple[str, ...] = ()
    """What was wrong with the recording though it could be read."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """The embeddings of one recording."""

    source: str
    """The recording, as its user named it."""
    duration: float
    """Its length in seconds."""
    model: str
    """The name and version of the tagger whose embedder made them."""
    identity: Identity
    """The embedder's identity."""
    frames: NDArray[np.uint8] = field(repr=False)
    """uint8 [n, 128]: quantised, one for each patch."""
    starts: NDArray[np.float64] = field(repr=False)
    """float64 [n]: where each patch begins, in seconds from the beginning of the recording."""
    notes: tuple[str, ...] = ()
    """What was wrong with the recording though it could be read."""

    def __len__(self) -> int:
        """Count the patches."""
        return len(self.frames)

    def vectors(self) -> NDArray[np.float32]:
        """Read them back as numbers, in the identity's way: float32 [n, 128]."""
        return dequantise(self.frames, how=self.identity.dequantiser)


def _more(probability: float | None) -> str:
    return "" if probability is None else f", probability={probability:.2f}"
