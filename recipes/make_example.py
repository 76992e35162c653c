"""Make ``examples/street.flac``: a siren passes in the rain, and thunder follows.

    python -m recipes.make_example examples/street.flac

Ten seconds by formula, with the generators of ``recipes/synthesise``: the sound is ours to give
away (CC0), and `SCENE` says when each part of it is to be heard. It comes out the same every time.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from recipes.synthesise import alarms, nature
from recipes.synthesise.signals import RATE, Random, Samples, count, fade, level, noise, place

__all__ = ["SCENE", "SECONDS", "Part", "compose", "write"]

SECONDS = 10.0
_PEAK = 0.7
_FLOOR = 0.0008


@dataclass(frozen=True, slots=True)
class Part:
    """One sound of the scene."""

    label: str
    """What it is, as AudioSet calls it."""
    make: Callable[[Random, float], Samples]
    seed: int
    start: float
    """In seconds, as is the end."""
    end: float
    peak: float
    attack: float = 0.3
    """How long it swells and, as `release`, how long it dies away; in seconds."""
    release: float = 0.3

    def samples(self) -> Samples:
        """Make it, at its level and with its ends faded."""
        audio = self.make(np.random.default_rng(self.seed), self.end - self.start)
        return fade(level(audio, self.peak), attack=self.attack, release=self.release)


SCENE = (
    Part("Rain", partial(nature.rain, surface=False), seed=9, start=0.0, end=10.0, peak=0.15),
    Part("Siren", alarms.wail, seed=4, start=0.0, end=4.8, peak=0.5, attack=0.6, release=1.5),
    Part("Thunder", nature.thunder, seed=11, start=4.3, end=10.0, peak=0.9, attack=0.1),
)
"""One after the other and all in the rain."""


def compose() -> NDArray[np.int16]:
    """Put the parts together: int16 [160 000], mono at 16 kHz."""
    scene = np.zeros(count(SECONDS))
    for part in SCENE:
        place(scene, part.samples(), part.start)
    # Outdoors is never digitally silent.
    scene += _FLOOR * noise(np.random.default_rng(0), len(scene), slope=1.0)
    return np.round(level(scene, _PEAK) * 32767).astype(np.int16)


def write(path: Path, samples: NDArray[np.int16]) -> None:
    """Write samples as FLAC."""
    with av.open(str(path), "w", format="flac") as file:
        stream = file.add_stream("flac", rate=RATE, layout="mono", format="s16")
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        file.mux([*stream.encode(frame), *stream.encode(None)])


def main() -> None:
    """Make the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("path", type=Path, help="where to write, as FLAC")
    write(parser.parse_args().path, compose())


if __name__ == "__main__":
    main()
