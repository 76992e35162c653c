"""Folders that clients name."""

from __future__ import annotations

from pathlib import Path

import pytest

from earmark.errors import UsageError
from earmark.serving.deepaas.places import inside
from earmark.serving.deepaas.settings import DeepaasSettings

REFUSED = r"is not in the service's folder: whoever runs it may add its folder to EARMARK_DEEPAAS_D"


@pytest.fixture
def settings(tmp_path: Path) -> DeepaasSettings:
    (tmp_path / "project" / "data").mkdir(parents=True)
    (tmp_path / "storage" / "audios").mkdir(parents=True)
    (tmp_path / "project-2").mkdir()
    return DeepaasSettings(
        folder=tmp_path / "project", data_folders=(tmp_path / "storage",), model="compact"
    )


def find(given: str, settings: DeepaasSettings) -> Path:
    return inside(given, base=settings.base, settings=settings, name="dataset_directory")


def test_within(settings: DeepaasSettings, tmp_path: Path) -> None:
    assert find(".", settings) == settings.base
    assert find("data/../data", settings) == settings.base / "data"
    assert find(str(tmp_path / "project" / "data"), settings) == settings.base / "data"
    storage = (tmp_path / "storage").resolve()
    assert find(str(tmp_path / "storage" / "audios"), settings) == storage / "audios"
    assert find("../storage", settings) == storage


@pytest.mark.parametrize("given", ["..", "/", "/etc", "../project-2", "data/../../..", "a\0b", "~"])
def test_without(given: str, settings: DeepaasSettings) -> None:
    with pytest.raises(UsageError, match=r"dataset_directory"):
        find(given, settings)


def test_what_is_elsewhere_is_not_told(settings: DeepaasSettings, tmp_path: Path) -> None:
    messages = []
    for given in ("../project-2", "../nowhere"):
        with pytest.raises(UsageError, match=REFUSED) as caught:
            find(given, settings)
        messages.append(str(caught.value).replace(given, ""))
    assert messages[0] == messages[1]
    assert str(tmp_path) not in messages[0]


def test_a_link_that_leads_out(settings: DeepaasSettings, tmp_path: Path) -> None:
    (settings.base / "out").symlink_to(tmp_path / "project-2")
    (settings.base / "in").symlink_to(settings.base / "data")
    with pytest.raises(UsageError, match=REFUSED):
        find("out", settings)
    assert find("in", settings) == settings.base / "data"


def test_no_folder(settings: DeepaasSettings) -> None:
    (settings.base / "file").write_text("")
    for given in ("file", "data/missing"):
        with pytest.raises(UsageError, match=r"is no folder in the service's"):
            find(given, settings)
