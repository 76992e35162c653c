"""Altered copies of recordings to learn from: the same sounds elsewhere, louder, in other rooms."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Field

from earmark.audio import SAMPLE_RATE, Skipped, Source, Waveform, find, load
from earmark.errors import AudioError, DataError
from earmark.training.embedders import effects
from earmark.training.group import Group

__all__ = ["Augmentation", "WaveformSettings", "read_backgrounds"]


def _ascending(limits: tuple[float, float]) -> tuple[float, float]:
    if not limits[0] <= limits[1]:
        raise ValueError(f"{limits[0]} is above {limits[1]}: the lower limit comes first")
    return limits


Chance = Annotated[float, Field(ge=0, le=1)]
Limits = Annotated[tuple[float, float], AfterValidator(_ascending)]
Level = Annotated[float, Field(ge=-120, le=120)]
Levels = Annotated[tuple[Level, Level], AfterValidator(_ascending)]
Seconds = Annotated[float, Field(gt=0, le=10)]
Speed = Annotated[float, Field(ge=0.25, le=4)]


class WaveformSettings(Group):
    """What may be done to a copy of a recording, and to which share of the copies."""

    shift: Annotated[float, Field(ge=0, le=10)] = 0.48
    """By how many seconds at most every copy is moved along, so that patches begin elsewhere."""
    gain: Chance = 0.5
    """Share of the copies that are louder or softer."""
    gain_db: Levels = (-10.0, 6.0)
    """By how much."""
    speed: Chance = 0.3
    """Share of the copies that are played faster or slower, pitch and all. Labels with times move
    along by no more than the speed says."""
    speed_range: Annotated[tuple[Speed, Speed], AfterValidator(_ascending)] = (0.93, 1.08)
    """How fast."""
    colour: Chance = 0.4
    """Share of the copies that go through a random equaliser."""
    colour_db: Annotated[float, Field(ge=0, le=40)] = 6.0
    """By how much it raises and lowers at most."""
    band: Chance = 0.1
    """Share of the copies that lose the lowest and the highest frequencies, as on a telephone."""
    room: Chance = 0.2
    """Share of the copies that are heard in a room."""
    room_seconds: Annotated[tuple[Seconds, Seconds], AfterValidator(_ascending)] = (0.1, 0.8)
    """How long it echoes: until it has fallen by 60 dB."""
    room_wet: Annotated[tuple[Chance, Chance], AfterValidator(_ascending)] = (0.05, 0.6)
    """The power of the echo to that of the sound."""
    noise: Chance = 0.3
    """Share of the copies with noise, white to brown."""
    noise_db: Levels = (10.0, 40.0)
    """By how much the sound is above it."""
    background: Chance = 0.5
    """Share of the copies with a recording of the background in them, if any are given."""
    background_db: Levels = (3.0, 25.0)
    """By how much the sound is above it."""


_DEFAULTS = WaveformSettings()
_BAND_LOW, _BAND_HIGH = (100.0, 500.0), (2500.0, 7000.0)
_COLOUR_POINTS = 7


@dataclass(frozen=True, eq=False)
class Augmentation:
    """Makes altered copies of waveforms. Threads may share one.

    Parameters
    ----------
    settings : WaveformSettings
        What may be done to them.
    backgrounds : sequence of float32 [samples]
        Recordings to mix in; see `read_backgrounds`.
    """

    settings: WaveformSettings = _DEFAULTS
    backgrounds: Sequence[Waveform] = ()

    @cached_property
    def key(self) -> str:
        """A text that says all that the copies depend on, but for waveform and chance."""
        digest = hashlib.sha256(self.settings.model_dump_json().encode())
        for recording in self.backgrounds:
            digest.update(len(recording).to_bytes(8, "little"))
            digest.update(np.ascontiguousarray(recording, np.float32).tobytes())
        return f"augmentation 1 {digest.hexdigest()}"

    def __call__(self, waveform: Waveform, rng: np.random.Generator, /) -> Waveform:
        """Make one copy.

        Parameters
        ----------
        waveform : float32 [samples]
            It stays as it is.
        rng : numpy.random.Generator
            Decides everything: the same state gives the same copy.

        Returns
        -------
        float32 [samples]
            Of the same length, in [-1, 1].
        """
        if not len(waveform):
            return waveform
        changed = self._as_heard(self._as_played(waveform, rng), rng)
        highest = float(np.abs(changed).max())
        return (changed / max(1.0, highest)).astype(np.float32)

    def _as_played(self, waveform: Waveform, rng: np.random.Generator) -> Waveform:
        """What changes the sound itself."""
        its = self.settings
        if rng.random() < its.speed:
            low, high = np.log(its.speed_range)
            waveform = effects.play(waveform, speed=float(np.exp(rng.uniform(low, high))))
        furthest = round(its.shift * SAMPLE_RATE)
        waveform = effects.shift(waveform, samples=int(rng.integers(-furthest, furthest + 1)))
        if rng.random() < its.colour:
            gains = rng.uniform(-its.colour_db, its.colour_db, _COLOUR_POINTS)
            waveform = effects.equalise(waveform, gains_db=gains)
        return waveform

    def _as_heard(self, waveform: Waveform, rng: np.random.Generator) -> Waveform:
        """What is around the sound: room, other sounds, noise, and what it is recorded with."""
        its = self.settings
        if rng.random() < its.room:
            impulse = effects.room(seconds=rng.uniform(*its.room_seconds), rng=rng)
            wet = rng.uniform(*its.room_wet)
            waveform = effects.reverberate(waveform, impulse=impulse, wet=wet)
        if self.backgrounds and rng.random() < its.background:
            other = self.backgrounds[int(rng.integers(len(self.backgrounds)))]
            other = np.roll(other, -int(rng.integers(len(other))))
            waveform = effects.mix(waveform, other, snr_db=rng.uniform(*its.background_db))
        if rng.random() < its.noise:
            noise = effects.coloured_noise(len(waveform), slope=rng.uniform(0, 1), rng=rng)
            waveform = effects.mix(waveform, noise, snr_db=rng.uniform(*its.noise_db))
        if rng.random() < its.band:
            low, high = rng.uniform(*_BAND_LOW), rng.uniform(*_BAND_HIGH)
            waveform = effects.band(waveform, low=low, high=high)
        if rng.random() < its.gain:
            waveform = effects.amplify(waveform, db=rng.uniform(*its.gain_db))
        return waveform


def read_backgrounds(
    inputs: Iterable[str], *, seconds: float = 60.0
) -> tuple[tuple[Waveform, ...], tuple[Skipped, ...]]:
    """Read recordings of what is in the background where a tagger will be used.

    Parameters
    ----------
    inputs : iterable of str
        Files, folders, patterns and whatever else `earmark tag` takes.
    seconds : float
        How much is used of each.

    Returns
    -------
    tuple of float32 [samples], tuple of Skipped
        The recordings, and those that cannot be read, with the reasons.

    Raises
    ------
    DataError
        If none can be read.
    """
    waveforms: list[Waveform] = []
    skipped: list[Skipped] = []
    for source in find(inputs):
        if isinstance(source, Source):
            try:
                waveforms.append(load(source, duration=seconds))
            except AudioError as error:
                skipped.append(Skipped(source.name, error.reason))
        else:
            skipped.append(source)
    waveforms = [waveform for waveform in waveforms if len(waveform)]
    if not waveforms:
        why = f": {skipped[0].name}: {skipped[0].reason}" if skipped else ""
        raise DataError(f"there are no recordings of a background that can be read{why}")
    return tuple(waveforms), tuple(skipped)
