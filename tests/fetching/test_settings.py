"""What the environment says of fetching."""

from __future__ import annotations

from pathlib import Path

import pytest

from earmark.errors import UsageError
from earmark.fetching.settings import Settings, default_folder


@pytest.mark.parametrize(
    ("said", "mirror"),
    [
        ({}, None),
        ({"EARMARK_MIRROR": " "}, None),
        ({"EARMARK_MIRROR": "https://mirror.example/a/"}, "https://mirror.example/a"),
    ],
)
def test_a_mirror(said: dict[str, str], mirror: str | None) -> None:
    assert Settings.from_environment(said).mirror == mirror


@pytest.mark.parametrize("said", ["mirror.example", "file:///srv/mirror", "ftp://mirror.example"])
def test_no_mirror(said: str) -> None:
    with pytest.raises(UsageError, match=rf"^EARMARK_MIRROR is '{said}': it must be an http or h"):
        Settings.from_environment({"EARMARK_MIRROR": said})


def test_pauses_grow_to_a_bound() -> None:
    settings = Settings()
    assert [settings.pause(n) for n in (1, 2, 3, 9)] == [1, 2, 4, 30]
    assert settings.pause(1, asked=5) == 5


def test_where_files_go(monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_folder({"EARMARK_CACHE": "~/sounds"}) == Path.home() / "sounds"
    monkeypatch.setattr("sys.platform", "linux")
    assert default_folder({}) == Path.home() / ".cache" / "earmark"
    assert default_folder({"XDG_CACHE_HOME": "/cache"}) == Path("/cache/earmark")
    monkeypatch.setattr("sys.platform", "darwin")
    assert default_folder({}) == Path.home() / "Library" / "Caches" / "earmark"
    monkeypatch.setattr("sys.platform", "win32")
    assert default_folder({"LOCALAPPDATA": "/local"}) == Path("/local/earmark")
