"""The placeholder tagger, and recordings for it."""

from __future__ import annotations

from pathlib import Path

import calibrated
import numpy as np
import placeholder
import pytest
import sounds

from earmark import ontology
from earmark.tagging import Tagger


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tagger's folder."""
    labels = [(label.id, label.name) for label in ontology.labels()]
    return placeholder.build(tmp_path_factory.mktemp("tagger"), labels=labels)


@pytest.fixture(scope="session")
def calibrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, calibrated."""
    labels = [(label.id, label.name) for label in ontology.labels()]
    folder = placeholder.build(tmp_path_factory.mktemp("calibrated"), labels=labels)
    calibrated.calibrate(folder)
    return folder


@pytest.fixture(scope="session")
def tagger(folder: Path) -> Tagger:
    """The tagger in it."""
    return Tagger.load(folder, threads=1)


@pytest.fixture(scope="session")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 patches of noise that changes, and a little more."""
    rng = np.random.default_rng(1)
    waveform = rng.normal(0, 0.05, 24 * sounds.PATCH + 5000).astype(np.float32)
    waveform *= np.linspace(0.01, 1, len(waveform), dtype=np.float32)
    return sounds.write_wav(tmp_path_factory.mktemp("sounds") / "noise.wav", waveform)


@pytest.fixture(scope="session")
def two_tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three patches of silence, two of 500 Hz, one of silence, four of 3 kHz, two of silence."""
    waveform = np.concatenate(
        [
            sounds.silence(3 * 0.96),
            sounds.tone(500, 2 * 0.96),
            sounds.silence(0.96),
            sounds.tone(3000, 4 * 0.96),
            sounds.silence(2 * 0.96 + 0.015),
        ]
    )
    return sounds.write_wav(tmp_path_factory.mktemp("sounds") / "tones.wav", waveform)
