"""From bytes to decoded frames: FFmpeg behind a fence, its errors in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from earmark.audio.bytestreams import DamagedError, os_reason
from earmark.audio.closing import Closing
from earmark.audio.fence import open_container, why_no_sound, why_not_opened
from earmark.audio.formats import keeps_time
from earmark.audio.reading import Reader
from earmark.audio.sniffing import why_not_sound
from earmark.audio.timeline import Timeline
from earmark.errors import AudioError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.packet import Packet

__all__ = ["Decoder", "Info"]

PREROLL_SECONDS = 1.0  # decoders need some sound before they are exact: 0.01 s (AAC) to 0.3 s (MP3)
SETTLED_SECONDS = 0.35
MOST_READ_ERRORS = 20  # one after the other
RATES = range(1_000, 1_536_001)


@dataclass(frozen=True)
class Info:
    """What an opened recording says of itself."""

    container: str
    """FFmpeg's name of the container, such as ``wav`` or ``matroska,webm``."""

    codec: str
    """FFmpeg's name of the codec, such as ``pcm_s16le`` or ``aac``."""

    sample_rate: int
    """Samples per second before resampling."""

    channels: int
    """Channels before they are mixed to one."""

    duration: float | None
    """Length in seconds as the header has it, which may be an estimate; None where unknown."""


class Decoder(Closing):
    """The first sound stream of one input.

    Parameters
    ----------
    reader : Reader
        The input's bytes.

    Raises
    ------
    AudioError
        When it is no sound that can be decoded.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.failures = self.successes = 0
        """Packets that could not be decoded, and frames that could."""
        self.failed_at = 0.0
        """Where the first of them was, in seconds."""
        self.rate = 0
        self.broke_off = False
        """Whether reading ended with an error instead of the input's end."""
        self._open()
        self.info = self._describe()
        self.timeline = self._new_timeline()

    def frames(self, start: float) -> tuple[int, Iterator[AudioFrame]]:
        """Decode, from well before a time on.

        Parameters
        ----------
        start : float
            Seconds from the first sample, from which on the frames must be exact.

        Returns
        -------
        position : int
            The first returned frame's first sample, counted at the recording's own rate.
        frames : iterator of AudioFrame
            Without gaps.
        """
        timeline = self.timeline
        frames = self._frames(self._decoded())
        first = next(frames, None)
        if first is None:
            return 0, iter(())
        whole = chain([first], frames)
        ticks = timeline.ticks_at(start - PREROLL_SECONDS, first.sample_rate)
        if start <= 2 * PREROLL_SECONDS or not self.reader.seekable() or ticks is None:
            return 0, whole
        return self._from(ticks, start, timeline) or (0, self._from_the_beginning())

    @property
    def seconds(self) -> float:
        """How far decoding has come."""
        return self.timeline.position / self.rate if self.rate else 0.0

    @property
    def has_video(self) -> bool:
        """Whether there are pictures beside the sound."""
        return bool(self.container.streams.video)

    def why_no_sound(self) -> str | None:
        """Say what the input looks like, if not like sound."""
        return why_not_sound(self.reader.head)

    def close(self) -> None:
        """Close the container."""
        self.container.close()

    def check(self) -> None:
        """Raise what went wrong while FFmpeg read, except damage, which is for notes."""
        error = self.reader.error
        if error is None or isinstance(error, DamagedError):
            return
        if isinstance(error, OSError):
            raise AudioError(self.reader.source, os_reason(error)) from error
        raise error

    def _open(self) -> None:
        import av

        try:
            self.container = open_container(self.reader)
        except (av.FFmpegError, ValueError) as error:
            self.check()
            raise self._error(why_not_opened(self.reader)) from error
        try:
            self.stream = self._sound()
        except BaseException:
            self.container.close()
            raise

    def _sound(self) -> AudioStream:
        streams = self.container.streams
        if not streams.audio:
            self.check()
            raise self._error(why_no_sound(self.reader, has_video=bool(streams.video)))
        best = streams.best("audio")
        stream = next(
            (s for s in streams.audio if best and s.index == best.index), streams.audio[0]
        )
        context = stream.codec_context
        if context is None or not context.name:
            raise self._error(
                "holds sound in a coding that FFmpeg cannot decode: convert it to WAV"
            )
        if not stream.channels:  # FFmpeg also says 0 for more than it can take
            reason = "its header claims no channels, or more than 512: export it again"
            raise self._error(why_not_sound(self.reader.head) or reason)
        if stream.sample_rate not in RATES:
            raise self._error(
                f"its header claims {stream.sample_rate} samples a second: export it again"
            )
        context.thread_count = 1  # more threads do not speed sound decoders up; measured
        from av.stream import Discard

        for other in streams:
            other.discard = Discard.default if other.index == stream.index else Discard.all
        return stream

    def _describe(self) -> Info:
        stream, container = self.stream, self.container
        duration: float | None = None
        if stream.duration is not None and stream.time_base is not None:
            duration = float(stream.duration * stream.time_base)
        elif container.duration is not None:
            duration = container.duration / 1_000_000
        return Info(
            container=container.format.name,
            codec=stream.codec_context.name,
            sample_rate=stream.sample_rate,
            channels=stream.channels,
            duration=duration if duration is not None and duration > 0 else None,
        )

    def _from(
        self, ticks: int, start: float, timeline: Timeline
    ) -> tuple[int, Iterator[AudioFrame]] | None:
        """Jump near a time; None where that leads nowhere exact."""
        import av

        try:
            self.container.seek(ticks, stream=self.stream)
        except av.FFmpegError:
            return None
        decoded = self._decoded()
        first = next(decoded, None)
        position = None if first is None else timeline.locate(first)
        if first is None or position is None:
            return None
        if not 0 <= position <= (start - SETTLED_SECONDS) * first.sample_rate:
            return None
        timeline.position = position
        return position, self._frames(chain([first], decoded))

    def _from_the_beginning(self) -> Iterator[AudioFrame]:
        self.close()
        self.reader.rewind()
        self.failures = self.successes = 0
        self._open()
        self.timeline = self._new_timeline()
        return self._frames(self._decoded())

    def _new_timeline(self) -> Timeline:
        return Timeline(trusted=keeps_time(self.info.container, self.info.codec))

    def _frames(self, decoded: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
        timeline = self.timeline
        frame = next(decoded, None)
        while frame is not None:
            following = next(decoded, None)
            if timeline.misses(frame) and timeline.confirms(frame, following):
                yield from timeline.silence(frame)
            timeline.add(frame)
            yield frame
            frame = following

    def _decoded(self) -> Iterator[AudioFrame]:
        import av

        for packet in self._packets():
            try:
                frames = packet.decode()
            except av.FFmpegError:
                self.failed_at = self.seconds if not self.failures else self.failed_at
                self.failures += 1
                continue
            for frame in frames:
                if frame.samples and frame.sample_rate in RATES:
                    self.rate = frame.sample_rate
                    self.successes += 1
                    yield frame

    def _packets(self) -> Iterator[Packet[AudioStream]]:
        import av

        errors = 0
        while errors < MOST_READ_ERRORS and self.reader.error is None:
            try:
                for packet in self.container.demux(self.stream):
                    self.broke_off, errors = False, 0
                    yield packet
                break
            except IndexError:
                break  # PyAV's end of an input in which streams turned up late
            except (av.FFmpegError, ValueError):
                # Past a damaged place there may be more.
                self.broke_off = True
                errors += 1
        self.check()

    def _error(self, reason: str) -> AudioError:
        return AudioError(self.reader.source, reason)
