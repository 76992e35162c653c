"""A tagger whose embedder is quick, and a cache of each test's own."""

from __future__ import annotations

from pathlib import Path

import placeholder
import pytest

from earmark import ontology
from earmark.bundle import Bundle


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The placeholder tagger."""
    labels = [(label.id, label.name) for label in ontology.labels()[:3]]
    return Bundle.read(placeholder.build(tmp_path_factory.mktemp("tagger"), labels=labels))


@pytest.fixture(autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is kept where the person who runs the tests keeps things."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("EARMARK_CACHE", str(folder))
    return folder
