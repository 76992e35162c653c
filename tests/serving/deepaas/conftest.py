"""A project's folder as DEEP-OC has it, and settings of a module that works in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving.deepaas.project import Project, make_project

from earmark.serving.deepaas.settings import DeepaasSettings


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep embeddings of these tests, and of no others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EARMARK_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def _temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep temporary files of these tests apart, too."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Lists and recordings of two classes, and nothing trained yet."""
    return make_project(tmp_path / "project")


@pytest.fixture
def settings(tmp_path: Path, folder: Path) -> DeepaasSettings:
    """A module with the placeholder tagger, in the folder of `project`."""
    (tmp_path / "project").mkdir(exist_ok=True)
    return DeepaasSettings(folder=tmp_path / "project", model=str(folder), allow_private=True)
