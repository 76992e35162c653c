"""VGGish's log-mel written down plainly, one frame after another in float64.

`earmark.features` has to agree with this, and to be much faster. The two share no code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Waveform = NDArray[np.floating[Any]]


def mel(hertz: float) -> float:
    """Return the HTK mel of a frequency."""
    return float(1127.0 * np.log(1.0 + hertz / 700.0))


def mel_matrix() -> Array:
    """Return the mel triangles, weight by weight: [257, 64]."""
    width = (mel(7500.0) - mel(125.0)) / 65
    matrix = np.zeros((257, 64))
    for band in range(64):
        centre = mel(125.0) + (band + 1) * width
        for k in range(1, 257):
            matrix[k, band] = max(0.0, 1.0 - abs(mel(k * 16000 / 512) - centre) / width)
    return matrix


HANN: Array = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
MEL: Array = mel_matrix()
FOURIER = np.exp(-2j * np.pi / 512 * np.outer(np.arange(257), np.arange(400)))


def by_fft(frame: Array) -> Array:
    """Return the magnitude spectrum of a frame: [257]."""
    return np.abs(np.fft.rfft(frame, 512))


def by_definition(frame: Array) -> Array:
    """Return the same as sums over the samples, one for each bin."""
    magnitude: Array = np.abs(FOURIER @ frame)
    return magnitude


def frames(waveform: Waveform, *, spectrum: Callable[[Array], Array] = by_fft) -> Array:
    """Return the log-mel of every frame: [1 + (samples - 400) // 160, 64]."""
    rows = []
    for start in range(0, len(waveform) - 400 + 1, 160):
        frame = waveform[start : start + 400].astype(np.float64) * HANN
        rows.append(np.log(spectrum(frame) @ MEL + 0.01))
    return np.array(rows).reshape(-1, 64)


def patches(waveform: Waveform, *, spectrum: Callable[[Array], Array] = by_fft) -> Array:
    """Return the whole patches: [n, 96, 64]."""
    rows = frames(waveform, spectrum=spectrum)
    count = len(rows) // 96
    return rows[: count * 96].reshape(count, 96, 64)
