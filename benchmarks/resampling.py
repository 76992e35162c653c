"""Resample to 16 kHz with `earmark.audio`, FFmpeg's defaults and soxr: how well, how fast.

    python benchmarks/resampling.py [--seconds 60] [--rounds 5]

Quality comes from tones, one second each, in float32:

- ripple: largest departure from a gain of 1 up to 0.9 of the lower Nyquist frequency, in dB
- edge: gain at 0.9375 of it (7.5 kHz, where VGGish's mel bands end, for rates above 16 kHz), in dB
- aliases: the loudest output of any tone above 8.5 kHz; with rates below 16 kHz, of any image
  above 1.0625 of the input's Nyquist frequency, in dB
- 8-8.5 kHz: the same for tones just above 8 kHz, which fold to 7.5-8 kHz, above the mel bands
- noise: the loudest residue beside any tone in the pass band, images aside, in dB

All are given arrays, run on one thread, turn by turn, and the best round of each counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import av
import numpy as np
import soxr
from av.filter import Graph
from numpy.typing import NDArray

from earmark.audio.resampling import SAMPLE_RATE, resample

Samples = NDArray[np.float32]
Resample = Callable[[Samples, int], Samples]
RATES = (8_000, 22_050, 44_100, 48_000, 96_000)
QUIET = 1e-12
SETTLED = 1500  # output samples at either end that are not looked at


@dataclass(frozen=True)
class Quality:
    """What tones show of one resampler at one rate, in dB."""

    ripple: float
    edge: float
    aliases: float
    near: float | None
    noise: float


def frames(samples: Samples, rate: int) -> Iterator[av.AudioFrame]:
    """Cut samples into frames of a second."""
    for start in range(0, len(samples), rate):
        piece = np.ascontiguousarray(samples[None, start : start + rate])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
        frame.sample_rate = rate
        yield frame


def earmark(samples: Samples, rate: int) -> Samples:
    """Resample as earmark reads a recording."""
    return np.concatenate(list(resample(frames(samples, rate), position=0, start=0)))


def ffmpeg(samples: Samples, rate: int) -> Samples:
    """Resample with FFmpeg's defaults."""
    graph = Graph()
    source = f"sample_rate={rate}:sample_fmt=fltp:channel_layout=mono:time_base=1/{rate}"
    graph.link_nodes(
        graph.add("abuffer", source),
        graph.add("aresample", str(SAMPLE_RATE)),
        graph.add("aformat", "sample_fmts=fltp"),
        graph.add("abuffersink"),
    ).configure()
    pieces = []
    for frame in frames(samples, rate):
        graph.push(frame)
    graph.push(None)
    while True:
        try:
            pieces.append(graph.pull().to_ndarray()[0])
        except (av.EOFError, av.BlockingIOError):
            return np.concatenate(pieces).astype(np.float32)


def soxr_with(samples: Samples, rate: int, *, quality: str) -> Samples:
    """Resample with soxr."""
    return np.asarray(soxr.resample(samples, rate, SAMPLE_RATE, quality), np.float32)


WAYS: dict[str, Resample] = {
    "earmark.audio": earmark,
    "FFmpeg's defaults": ffmpeg,
    "soxr HQ": partial(soxr_with, quality="HQ"),
    "soxr VHQ": partial(soxr_with, quality="VHQ"),
}


def tone(hertz: float, rate: int) -> Samples:
    """Return a second of a sine at half of full scale, so that nothing is clipped."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(rate) / rate)).astype(np.float32)


def decibels(ratio: float) -> float:
    """Return a ratio of amplitudes in dB."""
    return 20 * float(np.log10(max(ratio, QUIET)))


def hear(way: Resample, hertz: float, rate: int) -> tuple[float, NDArray[np.float64]]:
    """Return the gain of a tone, and what else comes out, relative to it."""
    out = way(tone(hertz, rate), rate)[SETTLED:-SETTLED].astype(np.float64) / 0.5
    time = 2 * np.pi * hertz * np.arange(len(out)) / SAMPLE_RATE
    waves = np.stack([np.sin(time), np.cos(time)], axis=1)
    parts, *_ = np.linalg.lstsq(waves, out, rcond=None)
    return float(np.hypot(*parts)), out - waves @ parts


def loudness(samples: NDArray[np.floating]) -> float:
    """Return the amplitude of the sine that is as loud."""
    return float(np.sqrt(2 * np.mean(samples**2)))


def measure(way: Resample, rate: int) -> Quality:
    """Measure a resampler with tones across the band."""
    nyquist = min(rate, SAMPLE_RATE) / 2
    heard = {f: hear(way, f, rate) for f in np.linspace(0.01, 0.9, 40) * nyquist}
    edge, _ = hear(way, 0.9375 * nyquist, rate)
    ripple = max(abs(decibels(gain)) for gain, _ in heard.values())
    if rate > SAMPLE_RATE:
        far = np.linspace(8_500, rate / 2 - 50, 60)
        aliases = max(loudness(way(tone(f, rate), rate)[SETTLED:-SETTLED] / 0.5) for f in far)
        close = np.linspace(8_050, 8_450, 9)
        near = max(loudness(way(tone(f, rate), rate)[SETTLED:-SETTLED] / 0.5) for f in close)
        noise = max(loudness(rest) for _, rest in heard.values())
        return Quality(ripple, decibels(edge), decibels(aliases), decibels(near), decibels(noise))
    images = [apart(rest, 1.0625 * nyquist) for _, rest in heard.values()]
    above, below = max(a for a, _ in images), max(b for _, b in images)
    return Quality(ripple, decibels(edge), decibels(above), None, decibels(below))


def apart(rest: NDArray[np.float64], hertz: float) -> tuple[float, float]:
    """Return the amplitude of what lies above a frequency, and below it."""
    window = np.hanning(len(rest))
    power = np.abs(np.fft.rfft(rest * window)) ** 2 / np.sum(window**2) / len(rest) * 4
    cut = round(hertz / SAMPLE_RATE * len(rest))
    return float(np.sqrt(power[cut:].sum())), float(np.sqrt(power[:cut].sum()))


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the timed waveform")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the best counts")
    options = parser.parse_args()

    print(
        f"{'rate':>6}  {'':<18}{'ripple':>9}{'edge':>9}{'aliases':>9}{'8-8.5 k':>9}{'noise':>9}"
        f"{'ms per s':>10}"
    )
    rng = np.random.default_rng(0)
    for rate in RATES:
        noise = (0.1 * rng.standard_normal(round(options.seconds * rate))).astype(np.float32)
        best = dict.fromkeys(WAYS, float("inf"))
        for _ in range(options.rounds):
            for name, way in WAYS.items():
                start = perf_counter()
                way(noise, rate)
                best[name] = min(best[name], perf_counter() - start)
        for name, way in WAYS.items():
            found = measure(way, rate)
            near = "" if found.near is None else f"{found.near:.1f}"
            print(
                f"{rate:>6}  {name:<18}{found.ripple:>9.4f}{found.edge:>9.2f}{found.aliases:>9.1f}"
                f"{near:>9}{found.noise:>9.1f}{1000 * best[name] / options.seconds:>10.2f}"
            )


if __name__ == "__main__":
    main()
