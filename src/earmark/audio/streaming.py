"""A recording as blocks of waveform, in constant memory."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from earmark.audio.closing import Closing
from earmark.audio.decoding import Decoder, Info
from earmark.audio.outcome import notes, why_nothing
from earmark.audio.reading import Reader
from earmark.audio.resampling import SAMPLE_RATE, Waveform, begin_before, resample
from earmark.audio.sources import DEFAULT_LIMITS, Source, Sourceable
from earmark.errors import AudioError, UsageError

__all__ = ["Stream", "load", "stream"]

BLOCK_SECONDS = 30.0
CLIPPED_SHARE = 0.01
logger = logging.getLogger("earmark.audio")


@dataclass
class Report:
    """What is learnt of a recording while it is read."""

    info: Info | None = None
    notes: list[str] = field(default_factory=list)
    samples: int = 0
    unreal: int = 0
    clipped: int = 0


@dataclass(frozen=True)
class Span:
    """The part of a recording that is wanted, in samples at 16 kHz."""

    start: int
    samples: int | None
    block: int


class Stream(Iterator[Waveform], Closing):
    """Blocks of one recording, from the first to the last; made by :func:`stream`.

    Iterate it once. It closes the recording at its end; leave a ``with`` block or call
    :meth:`close` to do so before.
    """

    def __init__(self, source: Source, span: Span) -> None:
        self.source = source
        """The recording."""
        self._report = Report()
        self._blocks = _blocks(source, span, self._report)
        next(self._blocks)  # opens it, so that errors come now and info is there

    @property
    def info(self) -> Info:
        """Container, codec, rate, channels and stated length of the recording."""
        assert self._report.info is not None
        return self._report.info

    @property
    def notes(self) -> tuple[str, ...]:
        """What was wrong with the recording though it could be read; complete at its end."""
        return tuple(self._report.notes)

    def __next__(self) -> Waveform:
        return next(self._blocks)

    def close(self) -> None:
        """Close the recording."""
        self._blocks.close()  # type: ignore[attr-defined]


def stream(
    source: Sourceable,
    *,
    start: float = 0.0,
    duration: float | None = None,
    block_seconds: float = BLOCK_SECONDS,
) -> Stream:
    """Read a recording as blocks of waveform, in memory that does not grow with its length.

    Parameters
    ----------
    source : Source, path, address, bytes or binary file object
        See :meth:`Source.of`.
    start : float
        Seconds to leave out at the beginning, exact to the sample.
    duration : float, optional
        Most seconds to read; all by default.
    block_seconds : float
        Length of every block but the last. It does not change the samples.

    Returns
    -------
    Stream
        Iterator of float32 [samples], mono, 16 kHz, in [-1, 1]; with ``info`` and ``notes``.

    Raises
    ------
    AudioError
        Now, when it cannot be opened or is no sound; from the iterator, when nothing of it can be
        decoded, it ends before ``start``, or its address breaks off. A recording that is damaged
        or cut off is read as far as it goes, silence in the place of what is lost, and
        ``Stream.notes`` tells.
    UsageError
        When an argument makes no sense.

    Examples
    --------
    >>> with stream("night.flac", start=3600) as blocks:
    ...     loudest = max(float(abs(block).max()) for block in blocks)
    """
    if not (math.isfinite(start) and start >= 0):
        raise UsageError(f"start is {start}, but must be 0 or more seconds")
    if duration is not None and not (duration > 0 and math.isfinite(duration)):
        raise UsageError(f"duration is {duration}, but must be more than 0 seconds")
    if not block_seconds > 0:
        raise UsageError(f"block_seconds is {block_seconds}, but must be more than 0")
    span = Span(
        start=round(start * SAMPLE_RATE),
        samples=None if duration is None else max(1, round(duration * SAMPLE_RATE)),
        block=max(1, round(min(block_seconds, 1e9) * SAMPLE_RATE)),
    )
    return Stream(Source.of(source, limits=DEFAULT_LIMITS), span)


def load(source: Sourceable, *, start: float = 0.0, duration: float | None = None) -> Waveform:
    """Read a recording, or a part of it, into one array.

    Parameters, result and errors are those of :func:`stream`; its notes go to the logger
    ``earmark.audio`` as warnings.

    Returns
    -------
    float32 [samples]
        Mono, 16 kHz, in [-1, 1].

    Examples
    --------
    >>> waveform = load("thunder.wav", duration=10.0)
    """
    with stream(source, start=start, duration=duration) as blocks:
        waveform = np.concatenate(list(blocks))
        for note in blocks.notes:
            logger.warning("%s: %s", blocks.source.name, note)
    return waveform


def _blocks(source: Source, span: Span, report: Report) -> Iterator[Waveform]:
    """Yield an empty array once it is open, then the blocks."""
    with (
        source.open() as file,
        Reader(file, name=source.name, limits=DEFAULT_LIMITS) as reader,
        Decoder(reader) as decoder,
    ):
        report.info = decoder.info
        yield np.zeros(0, np.float32)
        held: list[Waveform] = []
        size = 0
        for piece in _wanted(decoder, span, report):
            held.append(piece)
            size += len(piece)
            while size >= span.block:
                joined = np.concatenate(held) if len(held) > 1 else held[0]
                yield joined[: span.block]
                held, size = [joined[span.block :]], size - span.block
        if report.samples == 0 or decoder.failures > decoder.successes:
            raise AudioError(source.name, why_nothing(decoder, span.start / SAMPLE_RATE))
        report.notes += notes(decoder, whole=report.samples != span.samples)
        report.notes += _sample_notes(report)
        if size:
            yield np.concatenate(held)


def _wanted(decoder: Decoder, span: Span, report: Report) -> Iterator[Waveform]:
    """Yield the wanted samples in pieces as they come."""
    begin = begin_before(span.start, decoder.info.sample_rate) / decoder.info.sample_rate
    position, frames = decoder.frames(begin)
    for piece in resample(frames, position=position, start=span.start):
        wanted = piece if span.samples is None else piece[: span.samples - report.samples]
        if len(wanted):
            report.samples += len(wanted)
            yield _clean(wanted, report)
        if report.samples == span.samples:
            return


def _clean(piece: Waveform, report: Report) -> Waveform:
    """Make every sample a number in [-1, 1], in place."""
    if piece.min() >= -1.0 and piece.max() <= 1.0:  # false for NaN too
        return piece
    unreal = ~np.isfinite(piece)
    piece[unreal] = 0.0
    report.unreal += int(np.count_nonzero(unreal))
    report.clipped += int(np.count_nonzero(np.abs(piece) > 1.0))
    return np.clip(piece, -1.0, 1.0, out=piece)


def _sample_notes(report: Report) -> list[str]:
    found = []
    if report.unreal:
        seconds = report.unreal / SAMPLE_RATE
        found.append(f"{seconds:.3f} s of it are no numbers (NaN or infinite); silence stands in")
    if report.clipped > CLIPPED_SHARE * report.samples:
        share = report.clipped / report.samples
        found.append(f"{share:.0%} of its samples lie beyond full scale and are clipped")
    return found
