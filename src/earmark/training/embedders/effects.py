"""What can be done to a waveform so that what is heard in it stays the same.

Each effect takes and gives float32 [samples] of the same length, and all that is random about it is
its argument. Levels may exceed 1 on the way; `Augmentation` brings them back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from earmark.audio import SAMPLE_RATE, Waveform
from earmark.features import MEL_HIGHEST_HZ, MEL_LOWEST_HZ

__all__ = [
    "amplify",
    "band",
    "coloured_noise",
    "equalise",
    "mix",
    "play",
    "power",
    "reverberate",
    "room",
    "shift",
]

Response: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""By how much each frequency, in Hz, is multiplied."""

_SILENCE = 1e-10
"""Mean square below which there is nothing to hear, and no level to mix anything at: -100 dB."""
_FADES_TO_DB = 60.0
"""How far a room's echo has fallen after its reverberation time, by definition (ISO 3382)."""


def amplify(waveform: Waveform, *, db: float) -> Waveform:
    """Make it louder, or softer below 0 dB."""
    return waveform * np.float32(10 ** (db / 20))


def shift(waveform: Waveform, *, samples: int) -> Waveform:
    """Move it along in time; what leaves at the end comes in at the beginning."""
    return np.roll(waveform, samples)


def play(waveform: Waveform, *, speed: float) -> Waveform:
    """Play it faster or slower, as a tape: pitch and tempo change together.

    What is missing at the end, being faster, is filled from the beginning; what is too much is cut.

    Parameters
    ----------
    waveform : float32 [samples]
    speed : float
        2 is an octave higher and half as long.
    """
    count = len(waveform)
    wanted = max(1, round(count / speed))
    if wanted == count:
        return waveform
    # Exact for whatever has no more than half the rate, as a spectrum holds it.
    spectrum = np.fft.rfft(waveform)
    kept = np.zeros(wanted // 2 + 1, spectrum.dtype)
    common = min(len(kept), len(spectrum))
    kept[:common] = spectrum[:common]
    played = np.fft.irfft(kept, wanted) * (wanted / count)
    filled: Waveform = np.resize(played, count).astype(np.float32)
    return filled


def equalise(waveform: Waveform, *, gains_db: NDArray[np.floating]) -> Waveform:
    """Raise and lower stretches of its spectrum.

    Parameters
    ----------
    waveform : float32 [samples]
    gains_db : float [points]
        At points that are equally far apart on a logarithmic scale from 125 to 7500 Hz, where the
        embedder listens; in between they are joined by straight lines.
    """
    points = np.geomspace(MEL_LOWEST_HZ, MEL_HIGHEST_HZ, len(gains_db))

    def response(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
        gain = np.interp(np.log(np.maximum(hertz, 1.0)), np.log(points), gains_db)
        curve: NDArray[np.float64] = 10 ** (gain / 20)
        return curve

    return _filtered(waveform, response)


def band(waveform: Waveform, *, low: float, high: float, slope_db: float = 12.0) -> Waveform:
    """Take away what is below and above some frequencies, as small loudspeakers and telephones do.

    Parameters
    ----------
    waveform : float32 [samples]
    low, high : float
        In Hz.
    slope_db : float
        How fast it falls beyond them: in dB an octave.
    """

    def response(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
        hertz = np.maximum(hertz, 1.0)
        beyond = np.maximum(np.log2(low / hertz), np.log2(hertz / high)).clip(0.0)
        curve: NDArray[np.float64] = 10 ** (-slope_db * beyond / 20)
        return curve

    return _filtered(waveform, response)


def reverberate(waveform: Waveform, *, impulse: Waveform, wet: float) -> Waveform:
    """Play it in a room.

    Parameters
    ----------
    waveform : float32 [samples]
    impulse : float32 [any]
        What the room makes of a click; see `room`.
    wet : float
        How much power the echo has to the sound's own.
    """
    size = len(waveform) + len(impulse)
    echo = np.fft.irfft(np.fft.rfft(waveform, size) * np.fft.rfft(impulse, size), size)
    echo = echo[: len(waveform)]
    loud = power(echo)
    if loud < _SILENCE:
        return waveform
    level = np.sqrt(wet * power(waveform) / loud)
    heard: Waveform = (waveform + level * echo).astype(np.float32)
    return heard


def room(*, seconds: float, rng: np.random.Generator) -> Waveform:
    """Make up a room: noise that dies away, the high frequencies first.

    Parameters
    ----------
    seconds : float
        Its reverberation time, after which the echo has fallen by 60 dB.
    rng : numpy.random.Generator

    Returns
    -------
    float32 [samples]
        Its answer to a click, of mean square 1; nothing comes in the first 2 to 20 ms.
    """
    count = max(2, round(seconds * SAMPLE_RATE))
    time = np.arange(count) / SAMPLE_RATE
    fall = _FADES_TO_DB / 20 * np.log(10) / seconds
    bright = rng.standard_normal(count) * np.exp(-2 * fall * time)
    dark = np.convolve(rng.standard_normal(count), np.ones(8) / np.sqrt(8), mode="same")
    echo = bright + dark * np.exp(-fall * time)
    echo[: round(rng.uniform(0.002, 0.02) * SAMPLE_RATE)] = 0.0
    impulse: Waveform = (echo / np.sqrt(max(power(echo), _SILENCE))).astype(np.float32)
    return impulse


def coloured_noise(count: int, *, slope: float, rng: np.random.Generator) -> Waveform:
    """Make noise whose power falls with frequency to the power of ``2 * slope``.

    Parameters
    ----------
    count : int
        How many samples.
    slope : float
        0 for white, 0.5 for pink and 1 for brown noise.
    rng : numpy.random.Generator

    Returns
    -------
    float32 [count]
    """
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum /= np.maximum(np.arange(len(spectrum)), 1.0) ** slope
    return np.fft.irfft(spectrum, count).astype(np.float32)


def mix(waveform: Waveform, other: Waveform, *, snr_db: float) -> Waveform:
    """Add something else, so much softer than the waveform.

    Parameters
    ----------
    waveform : float32 [samples]
    other : float32 [any]
        Repeated if it is shorter, and cut if it is longer.
    snr_db : float
        By how much the waveform's power is above the other's.

    Returns
    -------
    float32 [samples]
        The waveform itself where either of them is silent, as then there is no level to mix at.
    """
    other = np.resize(other, len(waveform)) if len(other) else np.zeros_like(waveform)
    signal, noise = power(waveform), power(other)
    if min(signal, noise) < _SILENCE:
        return waveform
    return waveform + other * np.float32(np.sqrt(signal / noise / 10 ** (snr_db / 10)))


def power(waveform: NDArray[np.floating]) -> float:
    """Return its mean square; 0 of nothing."""
    return float(np.mean(np.square(waveform, dtype=np.float64))) if len(waveform) else 0.0


def _filtered(waveform: Waveform, response: Response) -> Waveform:
    """Multiply its spectrum; silence behind it takes up what rings."""
    size = 2 * len(waveform)
    hertz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE).astype(np.float64)
    spectrum = np.fft.rfft(waveform, size) * response(hertz)
    return np.fft.irfft(spectrum, size)[: len(waveform)].astype(np.float32)
