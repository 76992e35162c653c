"""Recordings behind addresses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving.web import serving

from earmark.errors import AudioError
from earmark.serving.deepaas.fetching import fetch, shown
from earmark.serving.deepaas.settings import DeepaasSettings


@pytest.fixture(scope="module")
def web(noise: Path) -> Iterator[str]:
    with serving(noise.read_bytes()) as (address, _):
        yield address


def nothing() -> None:
    pass


def test_it_is_fetched(web: str, noise: Path, settings: DeepaasSettings, tmp_path: Path) -> None:
    path = tmp_path / "fetched"
    fetch(f"{web}/a.wav", path, settings=settings, check=nothing)
    assert path.read_bytes() == noise.read_bytes()


def test_what_is_not_public(web: str, settings: DeepaasSettings, tmp_path: Path) -> None:
    public = settings.model_copy(update={"allow_private": False})
    with pytest.raises(AudioError, match=r"leads to an address that is not public"):
        fetch(f"{web}/a.wav", tmp_path / "fetched", settings=public, check=nothing)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a/b", "/etc/passwd", "", "http:a"])
def test_other_schemes(url: str, settings: DeepaasSettings, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"is no http or https address"):
        fetch(url, tmp_path / "fetched", settings=settings, check=nothing)


def test_what_goes_wrong(web: str, settings: DeepaasSettings, tmp_path: Path) -> None:
    small = settings.model_copy(update={"url_bytes": 1000})
    with pytest.raises(AudioError, match=r"a.wav: is larger than"):
        fetch(f"{web}/a.wav", tmp_path / "fetched", settings=small, check=nothing)
    with pytest.raises(AudioError, match=r"/none: the server has nothing there \(404\)"):
        fetch(f"{web}/none", tmp_path / "fetched", settings=settings, check=nothing)
    none = settings.model_copy(update={"allow_urls": False})
    with pytest.raises(AudioError, match=r"not fetched here \(EARMARK_DEEPAAS_ALLOW_URLS\)"):
        fetch(f"{web}/a.wav", tmp_path / "fetched", settings=none, check=nothing)


def test_it_ends_when_asked_to(web: str, settings: DeepaasSettings, tmp_path: Path) -> None:
    def late() -> None:
        raise AudioError(f"{web}/endless", "is late")

    with pytest.raises(AudioError, match=rf"^{web}/endless: is late$"):
        fetch(f"{web}/endless", tmp_path / "fetched", settings=settings, check=late)


def test_passwords_are_not_shown() -> None:
    assert shown("https://me:secret@example.org/a\x85.wav") == "https://example.org/a\\x85.wav"
    assert len(shown("http://a/" + "b" * 9999)) == 500
