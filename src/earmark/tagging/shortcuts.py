"""Functions for those who have one recording and no tagger in their hands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from earmark.audio import Sourceable
from earmark.bundle import DEFAULT
from earmark.tagging.options import Pooling, Short, Threshold
from earmark.tagging.results import Embeddings, Event, Tag
from earmark.tagging.tagger import Tagger

__all__ = ["embed", "events", "load", "tag"]


def load(model: str | Path = DEFAULT, *, threads: int | None = None, fast: bool = False) -> Tagger:
    """Open a tagger, to keep it for many recordings; see `Tagger.load`."""
    return Tagger.load(model, threads=threads, fast=fast)


def tag(
    source: Sourceable,
    *,
    model: str | Path = DEFAULT,
    top_k: int | None = 5,
    threshold: Threshold = 0.0,
    labels: Sequence[str] | None = None,
    start: float = 0.0,
    pooling: Pooling | None = None,
    short: Short = "loop",
) -> list[Tag]:
    """Say what is to be heard in a recording.

    Parameters
    ----------
    model : str or Path
        A tagger by name, or its folder. It is opened once and kept.
    source, top_k, threshold, labels, start, pooling, short
        As for `Tagger.tag`, as are result and errors.

    Examples
    --------
    >>> tag("thunder.wav", top_k=1)  # doctest: +SKIP
    [Tag('Thunder', 0.61, '/m/0ngt1')]
    """
    return _kept(model).tag(
        source,
        top_k=top_k,
        threshold=threshold,
        labels=labels,
        start=start,
        pooling=pooling,
        short=short,
    )


def events(
    source: Sourceable,
    *,
    model: str | Path = DEFAULT,
    threshold: Threshold = 0.5,
    labels: Sequence[str] | None = None,
    start: float = 0.0,
    short: Short = "loop",
) -> list[Event]:
    """Say what is to be heard in a recording, and when.

    Parameters
    ----------
    model : str or Path
        As for `tag`.
    source, threshold, labels, start, short
        As for `Tagger.events`, as are result and errors.
    """
    return _kept(model).events(source, threshold=threshold, labels=labels, start=start, short=short)


def embed(
    source: Sourceable,
    *,
    model: str | Path = DEFAULT,
    start: float = 0.0,
    short: Short = "loop",
) -> Embeddings:
    """Compute a recording's embeddings: 128 bytes for each 0.96 s.

    Parameters
    ----------
    model : str or Path
        As for `tag`.
    source, start, short
        As for `Tagger.embed`, as are result and errors.
    """
    return _kept(model).embed(source, start=start, short=short)


@cache
def _kept(model: str | Path) -> Tagger:
    return Tagger.load(model)
