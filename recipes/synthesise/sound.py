"""What every generator makes, and how a clip is finished."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recipes.synthesise.signals import Random, Samples, band, count, echoes, level, noise

OURS = "CC0 1.0 (made by formula)"


Make = Callable[[Random, float], Samples]


@dataclass(frozen=True, slots=True)
class Sound:
    """Audio at 16 kHz with what it is meant to be and where it is from."""

    audio: Samples
    labels: tuple[str, ...]
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class Maker:
    """A generator: `make(rng, seconds)` gives about that many seconds."""

    name: str
    labels: str
    make: Make
    weight: float = 1.0

    def sound(self, rng: Random, seconds: float) -> Sound:
        """Make one sound by formula."""
        labels = tuple(self.labels.split("|"))
        return Sound(self.make(rng, seconds), labels, f"formula:{self.name}", OURS)


def finish(rng: Random, audio: Samples, *, seconds: float, roomy: bool) -> Samples:
    """Cut to length and vary the room, the loudness, the bandwidth and the noise floor.

    Returns
    -------
    float64 [samples], finite, within -1 and 1, exactly `seconds` long.
    """
    audio = np.nan_to_num(audio)[: count(seconds)]
    audio = np.pad(audio, (0, count(seconds) - len(audio)))
    if roomy and rng.random() < 0.55:
        fall, wet = float(rng.uniform(0.1, 1.6)), float(rng.uniform(0.05, 0.5))
        audio = echoes(rng, audio, fall=fall, wet=wet)
    if rng.random() < 0.25:
        audio = band(audio, float(rng.uniform(20, 250)), float(rng.uniform(3000, 7800)), order=1)
    audio = level(audio, 10 ** float(rng.uniform(-14, -0.3) / 20))
    if rng.random() < 0.8:
        # real recordings are never digitally silent between events
        floor = 10 ** float(rng.uniform(-70, -32) / 20)
        audio = audio + floor * noise(rng, len(audio), slope=float(rng.uniform(0.3, 2)))
    return np.asarray(np.clip(audio, -1, 1))


def sixteen_bit(audio: Samples) -> bytes:
    """Return the samples as little-endian 16-bit integers."""
    return np.round(np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes()
