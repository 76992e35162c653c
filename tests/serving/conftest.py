"""The placeholder tagger behind a service, and recordings to send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import placeholder
import pytest
import sounds
from starlette.testclient import TestClient

from earmark import ontology
from earmark.serving.app import create_app
from earmark.serving.settings import ServeSettings
from earmark.tagging import Tagger


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tagger's folder."""
    labels = [(label.id, label.name) for label in ontology.labels()]
    return placeholder.build(tmp_path_factory.mktemp("tagger"), labels=labels)


@pytest.fixture(scope="session")
def tagger(folder: Path) -> Tagger:
    """The tagger in it."""
    return Tagger.load(folder, threads=1)


@pytest.fixture(scope="session")
def settings(folder: Path) -> ServeSettings:
    """A service with that tagger."""
    return ServeSettings(models=(str(folder),), jobs=2)


@pytest.fixture(scope="session")
def client(settings: ServeSettings) -> Iterator[TestClient]:
    """A client of that service, which runs."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 patches of noise that changes, and a little more."""
    rng = np.random.default_rng(1)
    waveform = rng.normal(0, 0.05, 24 * sounds.PATCH + 5000).astype(np.float32)
    waveform *= np.linspace(0.01, 1, len(waveform), dtype=np.float32)
    return sounds.write_wav(tmp_path_factory.mktemp("sounds") / "noise.wav", waveform)
