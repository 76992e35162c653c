"""Recordings behind addresses, fetched to a file under the guard that the service has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copyfileobj

from earmark.audio import Limits
from earmark.audio.sources import printable
from earmark.audio.urls import Address
from earmark.errors import AudioError
from earmark.serving.deepaas.settings import PREFIX, DeepaasSettings

__all__ = ["fetch", "shown"]

_PIECE = 2**18


def fetch(url: str, path: Path, *, settings: DeepaasSettings, check: Callable[[], None]) -> None:
    """Fetch what an address has, to a file.

    Parameters
    ----------
    url : str
        As a client named it.
    path : Path
        Of the file to be.
    settings : DeepaasSettings
    check : callable
        Is called again and again, and may raise to end it.

    Raises
    ------
    AudioError
        If it may not or cannot be fetched, or is too large.
    """
    from earmark.serving.addresses import Remote, may_be_one
    from earmark.serving.errors import ServiceError

    name = shown(url)
    if not settings.allow_urls:
        raise AudioError(name, f"addresses are not fetched here ({PREFIX}ALLOW_URLS): send data")
    if not may_be_one(url):
        raise AudioError(name, "is no http or https address: check its spelling, or send data")
    remote = Remote.within(
        url,
        most=settings.url_bytes,
        seconds=settings.request_seconds,
        allow_private=settings.allow_private,
    )
    try:
        with (
            remote.download(name, check) as body,
            path.open("wb") as file,
        ):
            copyfileobj(body, file, _PIECE)
    except ServiceError as error:
        raise AudioError(name, error.detail.removeprefix(f"{name}: ")) from error


def shown(url: str) -> str:
    """Give an address as it may be shown: without a password, on one line."""
    return printable(Address(url, Limits()).shown)[:500]
