"""Recordings behind addresses, fetched to a file."""

from __future__ import annotations

from pathlib import Path

from earmark.audio import Limits, Source
from earmark.audio.sources import is_url, printable
from earmark.audio.urls import Address
from earmark.errors import AudioError
from earmark.serving.deepaas.settings import PREFIX, DeepaasSettings

__all__ = ["fetch", "shown"]

_PIECE = 1 << 18


def fetch(url: str, path: Path, *, settings: DeepaasSettings) -> None:
    """Fetch what an address has, to a file.

    Raises
    ------
    AudioError
        If it may not or cannot be fetched, or is too large.
    """
    name = shown(url)
    if not settings.allow_urls:
        raise AudioError(name, f"addresses are not fetched here ({PREFIX}ALLOW_URLS): send data")
    if not is_url(url):
        raise AudioError(name, "is no http or https address: check its spelling, or send data")
    limits = Limits(url_bytes=settings.url_bytes, url_seconds=settings.request_seconds)
    with Source.of(url, limits=limits).open() as body, path.open("wb") as file:
        while piece := body.read(_PIECE):
            file.write(piece)


def shown(url: str) -> str:
    """Give an address as it may be shown: without a password, on one line."""
    return printable(Address(url, Limits()).shown)[:500]
