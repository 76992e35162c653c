"""A site to fetch from, and settings without patience."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fetching.server import Site, serving

from earmark.fetching import Fetched, Published, Settings, fetch

BODY = np.random.default_rng(1).bytes(300_000)


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no mirror, whatever this machine has."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "earmark_mirror"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def site() -> Iterator[Site]:
    """One that serves `BODY`."""
    with serving(Site(BODY)) as served:
        yield served


@pytest.fixture
def pauses() -> list[float]:
    """How long was waited between attempts."""
    return []


@pytest.fixture
def settings(pauses: list[float]) -> Settings:
    """Little patience, no sleep, and room on any disk."""
    return Settings(stall_seconds=0.2, attempts=3, spare=0, sleep=pauses.append)


@pytest.fixture
def published(site: Site) -> Published:
    """What the site serves, if it serves it well."""
    return Published(
        name="weights.bin",
        url=f"{site.url}/weights.bin",
        what="weights",
        sha256=hashlib.sha256(BODY).hexdigest(),
    )


Fetch = Callable[..., Fetched]


@pytest.fixture
def get(published: Published, settings: Settings, tmp_path: Path) -> Fetch:
    """Fetch it."""
    return lambda **options: fetch(published, tmp_path, **{"settings": settings, **options})
