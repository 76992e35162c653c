"""Small sounds to test with, and where the placeholder tagger hears them."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.features import patches

RATE = 16_000
PATCH = 15_360


def tone(hz: float, seconds: float) -> NDArray[np.float32]:
    """A sine wave at half of full scale: float32 [samples]."""
    wave_form: NDArray[np.float64] = np.sin(
        2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE
    )
    return (wave_form / 2).astype(np.float32)


def silence(seconds: float) -> NDArray[np.float32]:
    """Nothing: float32 [samples]."""
    return np.zeros(round(seconds * RATE), np.float32)


def band_of(hz: float) -> int:
    """The mel band, and so the placeholder's class, that answers to a tone."""
    return int(patches(tone(hz, 1.0))[0].mean(axis=0).argmax())


def write_wav(path: Path, waveform: NDArray[np.float32]) -> Path:
    """Write 16-bit mono at 16 kHz, which is read back without resampling."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(waveform * 32767).astype("<i2").tobytes())
    return path
