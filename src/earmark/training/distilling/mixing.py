"""Ten seconds of training sound: recordings cropped, looped, placed and mixed at random."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from earmark.audio import SAMPLE_RATE
from earmark.errors import DataError
from earmark.training.distilling.corpus import Corpus

__all__ = ["Mixer", "MixingConfig"]

Waveform = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class MixingConfig:
    """How far the training sound is from the recordings."""

    seconds: float = 10.0
    sounds: tuple[float, ...] = (0.65, 0.25, 0.10)
    """Probability of one recording alone, of two together, of three."""
    once: float = 0.25
    """Probability that a recording shorter than the clip is heard once, with silence around it."""
    spaced: float = 0.15
    """Probability that it is repeated with pauses; otherwise it is looped."""
    speed: float = 0.3
    """Probability that a recording is played faster or slower, pitch and all."""
    speed_range: tuple[float, float] = (0.8, 1.25)
    level_range_db: tuple[float, float] = (-12.0, 6.0)
    """Level of a clip against its recording's own."""
    relative_db: float = 12.0
    """Levels of mixed recordings differ by at most this."""
    colour: float = 0.3
    """Probability of a random equaliser and, half of the time, of a room."""
    noise: float = 0.2
    """Probability of added noise, white to brown, 10 to 40 dB below the sound."""

    def __post_init__(self) -> None:
        if min(self.sounds, default=-1.0) < 0 or abs(sum(self.sounds) - 1) > 1e-6:
            raise DataError(
                f"mixing: sounds {self.sounds} are no probabilities: they must sum to 1"
            )

    def n_samples(self) -> int:
        """Length of a clip."""
        return round(self.seconds * SAMPLE_RATE)


@dataclass
class Mixer:
    """An endless supply of clips from a corpus.

    Parameters
    ----------
    corpus : Corpus
    weights : float64 [len(corpus)]
        How often each recording is drawn; they need not sum to one.
    config : MixingConfig
    rng : numpy.random.Generator
    """

    corpus: Corpus
    weights: NDArray[np.float64]
    config: MixingConfig
    rng: np.random.Generator
    _cumulative: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._cumulative = np.cumsum(self.weights / self.weights.sum())

    def draw(self) -> Waveform:
        """A fresh clip: float32 [samples] in [-1, 1]."""
        rng, config = self.rng, self.config
        n_sounds = 1 + int(rng.choice(len(config.sounds), p=config.sounds))
        mixed = self._sound()
        for _ in range(n_sounds - 1):
            other = self._sound()
            ratio = 10 ** (rng.uniform(-config.relative_db, config.relative_db) / 20)
            mixed = mixed + other * (ratio * _rms(mixed) / _rms(other))
        if rng.random() < config.colour:
            mixed = _coloured(mixed, rng=rng, room=rng.random() < 0.5)
        if rng.random() < config.noise:
            level = _rms(mixed) * 10 ** (-rng.uniform(10, 40) / 20)
            noise = _noise(len(mixed), rng=rng, slope=rng.uniform(0, 1))
            mixed = mixed + noise * (level / _rms(noise))
        mixed = mixed * 10 ** (rng.uniform(*config.level_range_db) / 20)
        return (mixed / max(1.0, float(np.abs(mixed).max()))).astype(np.float32)

    def _sound(self) -> Waveform:
        index = int(np.searchsorted(self._cumulative, self.rng.random()))
        sound = self.corpus.waveform(min(index, len(self.corpus) - 1))
        if self.rng.random() < self.config.speed:
            low, high = np.log(self.config.speed_range)
            sound = _resampled(sound, speed=float(np.exp(self.rng.uniform(low, high))))
        return self._fitted(sound)

    def _fitted(self, sound: Waveform) -> Waveform:
        """The sound as a whole clip: cropped, or placed, spaced out or looped."""
        rng, n_samples = self.rng, self.config.n_samples()
        if len(sound) >= n_samples:
            start = int(rng.integers(len(sound) - n_samples + 1))
            return sound[start : start + n_samples]
        way = rng.random()
        clip = np.zeros(n_samples, dtype=np.float32)
        if way < self.config.once:
            start = int(rng.integers(n_samples - len(sound) + 1))
            clip[start : start + len(sound)] = sound
            return clip
        pause = 0
        if way < self.config.once + self.config.spaced:
            pause = int(rng.integers(SAMPLE_RATE // 5, SAMPLE_RATE * 2))
        period = np.concatenate([sound, np.zeros(pause, dtype=np.float32)])
        return np.resize(np.roll(period, int(rng.integers(len(period)))), n_samples)


def _resampled(sound: Waveform, *, speed: float) -> Waveform:
    positions = np.arange(0, len(sound), speed)
    faster: NDArray[np.float64] = np.interp(positions, np.arange(len(sound)), sound)
    return faster.astype(np.float32)


def _coloured(sound: Waveform, *, rng: np.random.Generator, room: bool) -> Waveform:
    """Through a random smooth equaliser of +-9 dB and, if asked, a random room."""
    n_fft = len(sound) + SAMPLE_RATE // 2
    spectrum = np.fft.rfft(sound, n_fft)
    octaves = np.log2(np.maximum(np.fft.rfftfreq(n_fft, 1 / SAMPLE_RATE), 30.0) / 30.0)
    knots = np.linspace(0, octaves[-1], 6)
    gain_db = np.interp(octaves, knots, rng.uniform(-9, 9, size=len(knots)))
    spectrum *= 10 ** (gain_db / 20)
    if room:
        seconds = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
        echo = rng.standard_normal(len(seconds)) * np.exp(-seconds * 6.9 / rng.uniform(0.1, 0.6))
        echo *= rng.uniform(0.1, 0.7) / np.sqrt((echo**2).sum())
        echo[0] = 1.0
        spectrum *= np.fft.rfft(echo, n_fft)
    coloured: NDArray[np.float64] = np.fft.irfft(spectrum, n_fft)[: len(sound)]
    return coloured.astype(np.float32)


def _noise(n_samples: int, *, rng: np.random.Generator, slope: float) -> Waveform:
    """Noise whose power falls with frequency to the power of ``2 * slope``: 0 white, 1 brown."""
    spectrum = np.fft.rfft(rng.standard_normal(n_samples).astype(np.float32))
    spectrum /= np.maximum(np.arange(len(spectrum)), 1.0) ** slope
    noise: NDArray[np.float64] = np.fft.irfft(spectrum, n_samples)
    return noise.astype(np.float32)


def _rms(sound: Waveform) -> float:
    return float(np.sqrt(np.mean(np.square(sound)))) + 1e-6
