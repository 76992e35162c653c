"""What the benchmarks share: rounds in turn, medians, sounds to work on, and the table."""

from __future__ import annotations

import os
import platform
import wave
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import av
import numpy as np
from av.audio.stream import AudioStream
from numpy.typing import NDArray

__all__ = ["Times", "conditions", "encode", "in_turn", "markdown", "sound"]

Times = dict[str, list[float]]
"""The seconds of each round, by the name of the job."""


def in_turn(jobs: Mapping[str, Callable[[], object]], *, rounds: int) -> Times:
    """Do all jobs once, uncounted, and then in turn, round after round.

    In turn, so that what else the machine does meets all of them alike.
    """
    times: Times = {name: [] for name in jobs}
    for turn in range(rounds + 1):
        for name, job in jobs.items():
            begun = perf_counter()
            job()
            if turn:
                times[name].append(perf_counter() - begun)
    return times


def ratio(times: Times, ours: str, theirs: str) -> float:
    """How many times as long theirs takes: the median of the ratios of each round."""
    return median(b / a for a, b in zip(times[ours], times[theirs], strict=True))


def conditions() -> str:
    """Say what this was measured on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {platform.machine()}, Python {platform.python_version()}"


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay a table out: the first column to the left, the others to the right."""
    widths = [max(len(row[at]) for row in (columns, *rows)) for at in range(len(columns))]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        aligned = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        return f"| {' | '.join(aligned)} |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(columns), line(rule), *map(line, rows)])


def sound(seconds: float, *, rate: int, channels: int, seed: int = 0) -> NDArray[np.int16]:
    """Make noise whose level and colour wander, with a gliding tone: int16 [channels, samples]."""
    rng = np.random.default_rng(seed)
    samples = round(seconds * rate)
    t = np.arange(samples) / rate
    swell = 0.5 + 0.5 * np.sin(2 * np.pi * 0.3 * t + rng.uniform(0, 6))
    tone = np.sin(2 * np.pi * (400 * t + 150 * np.sin(0.7 * t)))
    white = rng.standard_normal((channels, samples))
    brown = np.cumsum(white, axis=1)
    brown -= brown.mean(axis=1, keepdims=True)
    brown /= np.abs(brown).max() + 1e-9
    mixed = 0.1 * swell * white + 0.3 * (1 - swell) * brown + 0.2 * tone
    samples16: NDArray[np.int16] = np.clip(mixed * 32767, -32768, 32767).astype(np.int16)
    return samples16


def encode(path: Path, samples: NDArray[np.int16], *, rate: int) -> Path:
    """Write int16 [channels, samples] as ``.wav`` or ``.mp3``, as the name says.

    MP3 files come without headers, so that they may be laid end to end.
    """
    layout = "mono" if len(samples) == 1 else "stereo"
    if path.suffix == ".wav":
        with wave.open(str(path), "wb") as plain:
            plain.setnchannels(len(samples))
            plain.setsampwidth(2)
            plain.setframerate(rate)
            plain.writeframes(samples.T.astype("<i2").tobytes())
        return path
    with av.open(str(path), "w", options={"write_xing": "0", "id3v2_version": "0"}) as file:
        stream = file.add_stream("mp3", rate=rate, layout=layout)
        assert isinstance(stream, AudioStream)
        stream.bit_rate = 128_000
        packed = np.ascontiguousarray(samples.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
        frame.sample_rate = rate
        cut = av.AudioResampler(format="s16p", layout=layout, rate=rate, frame_size=1152)
        for piece in [*cut.resample(frame), *cut.resample(None)]:
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))
    return path
