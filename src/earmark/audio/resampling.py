"""Frames of any rate, format and layout to mono float32 at 16 kHz, by FFmpeg's swresample."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.filter.graph import Graph

__all__ = ["SAMPLE_RATE", "SWRESAMPLE", "Resampler", "Waveform", "begin_before", "resample"]

SAMPLE_RATE = 16_000
"""Samples per second of every waveform in earmark."""

Waveform: TypeAlias = NDArray[np.float32]
"""float32 [samples], mono, 16 kHz, in [-1, 1]."""

# Kaiser-windowed sinc; the cutoff is a share of the lower Nyquist frequency. Chosen by
# benchmarks/resampling.py: -0.25 dB at 7.5 kHz and -93 dB from 8.5 kHz on, where swresample's
# own defaults have -2.9 and -26 dB, for 0.25 ms more per second of sound. Linear
# interpolation only matters for rates that are in no small ratio to 16 kHz.
SWRESAMPLE = (
    "filter_size=80:cutoff=0.98:filter_type=kaiser:kaiser_beta=9:linear_interp=1"
    ":internal_sample_fmt=fltp"
)
FILTER_SECONDS = 0.1  # more than half the filter's length, at any rate from 1 kHz on
MOST_CHANNELS = 64  # of swresample


def begin_before(start: int, rate: int) -> int:
    """Return the input sample to begin at so that output sample ``start`` is exact.

    Parameters
    ----------
    start : int
        A sample at 16 kHz.
    rate : int
        Samples per second of the input.

    Returns
    -------
    int
        Far enough before for the filter, and where an input and an output sample coincide, so
        that the filter's phases are those of the whole recording.
    """
    step = _grid(rate)
    return max(0, math.floor((start / SAMPLE_RATE - FILTER_SECONDS) * rate) // step * step)


def resample(frames: Iterable[AudioFrame], *, position: int, start: int) -> Iterator[Waveform]:
    """Resample frames that follow each other.

    Parameters
    ----------
    frames : iterable of AudioFrame
        Their rate, format and layout may change along the way.
    position : int
        The first frame's first sample, counted from the recording's beginning at its own rate.
    start : int
        The first sample wanted, at 16 kHz.

    Yields
    ------
    float32 [samples]
        Pieces of any length.
    """
    resampler: Resampler | None = None
    rate = skip = 0
    for frame in frames:
        ready: list[Waveform] = []
        if resampler is None:
            position = position * frame.sample_rate // (rate or frame.sample_rate)
            rate = frame.sample_rate
            step = _grid(rate)
            begin = max(begin_before(start, rate), -(-position // step) * step)
            if position + frame.samples <= begin:
                position += frame.samples
                continue
            resampler = Resampler(frame, drop=begin - position)
            skip = max(0, start - begin * SAMPLE_RATE // rate)
        elif not resampler.fits(frame):
            ready = resampler.flush()
            resampler = Resampler(frame)
        for piece in ready + resampler.push(frame):
            yield piece[skip:]
            skip = max(0, skip - len(piece))
    for piece in resampler.flush() if resampler is not None else ():
        yield piece[skip:]
        skip = max(0, skip - len(piece))


class Resampler:
    """Mean of the channels, then 16 kHz, for frames of one kind.

    The result does not depend on how the sound is cut into frames. Frames at 16 kHz keep their
    samples as they are.

    Parameters
    ----------
    frame : AudioFrame
        The first frame, for its rate, sample format and channel layout.
    drop : int
        How many samples to drop from the beginning, at the frames' own rate.
    """

    def __init__(self, frame: AudioFrame, *, drop: int = 0) -> None:
        import av

        self.kind = _kind(frame)
        self.rate = frame.sample_rate
        self.by_hand = frame.layout.nb_channels > MOST_CHANNELS
        try:
            self.graph = _graph(_mean(frame) if self.by_hand else frame, drop)
        except av.FFmpegError:
            # A layout that the filters do not know.
            self.by_hand = True
            self.graph = _graph(_mean(frame), drop)
        self.waiting = 0

    def fits(self, frame: AudioFrame) -> bool:
        """Whether a frame is of the same kind as the first one."""
        return _kind(frame) == self.kind

    def push(self, frame: AudioFrame) -> list[Waveform]:
        """Take a frame in; return what is ready, often nothing."""
        frame.pts = None  # frames follow each other without gaps; see timeline.py
        self.graph.push(_mean(frame) if self.by_hand else frame)
        self.waiting += frame.samples
        if self.waiting < self.rate // 2:
            return []
        self.waiting = 0
        return self._pull()

    def flush(self) -> list[Waveform]:
        """Return the rest."""
        self.graph.push(None)
        return self._pull()

    def _pull(self) -> list[Waveform]:
        import av

        ready: list[Waveform] = []
        while True:
            try:
                frame = self.graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return ready
            ready.append(frame.to_ndarray().reshape(-1))  # type: ignore[arg-type]


def _grid(rate: int) -> int:
    """Return how many input samples span a whole number of output samples."""
    return rate // math.gcd(rate, SAMPLE_RATE)


def _kind(frame: AudioFrame) -> tuple[int, str, str]:
    return frame.sample_rate, frame.format.name, frame.layout.name


def _graph(frame: AudioFrame, drop: int) -> Graph:
    from av.filter import Graph

    graph = Graph()
    graph.threads = 1
    rate, sample_format, layout = _kind(frame)
    source = (
        f"sample_rate={rate}:sample_fmt={sample_format}:channel_layout={layout}:time_base=1/{rate}"
    )
    channels = frame.layout.nb_channels
    # Calls into the filters cost more than their work on a short frame, so half seconds go in.
    steps = [("abuffer", source), ("asetnsamples", f"n={max(1, rate // 2)}:p=0")]
    if drop:
        steps.insert(1, ("atrim", f"start_sample={drop}"))
    steps.append(("aformat", "sample_fmts=fltp"))
    if channels > 1:
        # FFmpeg's own downmix weights the channels, and adds two without halving them.
        mean = "+".join(f"{1 / channels!r}*c{channel}" for channel in range(channels))
        steps.append(("pan", f"1c|c0={mean}"))
    if rate != SAMPLE_RATE:
        steps += [("aresample", f"{SAMPLE_RATE}:{SWRESAMPLE}"), ("aformat", "sample_fmts=fltp")]
    steps.append(("abuffersink", ""))
    graph.link_nodes(*(graph.add(name, options or None) for name, options in steps))
    graph.configure()
    return graph


def _mean(frame: AudioFrame) -> AudioFrame:
    """Return the mean of more channels than the filters can take."""
    from av import AudioFrame

    samples = frame.to_ndarray()
    channels = frame.layout.nb_channels
    if not frame.format.is_planar:
        samples = samples.reshape(-1, channels).T
    scale = 1.0
    if samples.dtype.kind in "iu":
        scale = 2.0 ** (1 - 8 * samples.dtype.itemsize)
    offset = 1.0 if samples.dtype.kind == "u" else 0.0
    mean = samples.mean(axis=0, dtype=np.float64) * scale - offset
    mono = AudioFrame.from_ndarray(mean.astype(np.float32)[None], format="fltp", layout="mono")
    mono.sample_rate = frame.sample_rate
    return mono
