"""Where each frame lies in time, and silence for what is missing between two frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

__all__ = ["Timeline"]

JITTER_SECONDS = 0.05  # coarse clocks and small repairs of live streams stay below it
LONGEST_GAP_SECONDS = 600.0  # above it the clock was set anew; nothing is missing


class Timeline:
    """Count samples along a recording and fill the gaps that its timestamps show.

    Damage and lost packets leave gaps. Filled with silence, what comes after keeps its true time.

    Parameters
    ----------
    trusted : bool
        Whether the timestamps place every sample. If not, frames just follow each other.
    """

    def __init__(self, *, trusted: bool) -> None:
        self.trusted = trusted
        self.position = 0
        """Samples so far, silence included."""
        self.missing: list[tuple[float, float]] = []
        """Start and length of each gap filled, in seconds."""
        self.origin: int | None = None
        self.ticks = 0.0
        self.first_samples = self.rate = 0

    def misses(self, frame: AudioFrame) -> int:
        """Return how many samples are missing before a frame."""
        if not self.trusted or frame.pts is None:
            return 0
        if frame.sample_rate != self.rate:
            self._begin(frame)
        if self.origin is None:
            self._set(frame.pts)
        if self.origin is None:
            return 0
        gap = round((frame.pts - self.origin) * self.ticks) - self.position
        if not -frame.sample_rate < gap <= LONGEST_GAP_SECONDS * frame.sample_rate:
            self._set(frame.pts)
            return 0
        if gap <= JITTER_SECONDS * frame.sample_rate:
            return 0
        return self._snap(gap + self.position, frame) - self.position

    def confirms(self, frame: AudioFrame, following: AudioFrame | None) -> bool:
        """Whether the next timestamp bears a frame's out: a damaged one stands alone."""
        if following is None or following.pts is None or frame.pts is None:
            return False
        apart = (following.pts - frame.pts) * self.ticks - frame.samples
        return abs(apart) < JITTER_SECONDS * frame.sample_rate

    def silence(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        """Yield silence like a frame for what is missing before it."""
        gap, rate = self.misses(frame), frame.sample_rate
        self.missing.append((self.position / rate, gap / rate))
        while gap > 0:
            samples = min(gap, rate)
            self.position += samples
            gap -= samples
            yield _silence(frame, samples)

    def add(self, frame: AudioFrame) -> None:
        """Count a frame."""
        if frame.sample_rate != self.rate:
            self._begin(frame)
        self.position += frame.samples

    def locate(self, frame: AudioFrame) -> int | None:
        """Return a frame's first sample by its timestamp, else None."""
        if self.origin is None or frame.pts is None or frame.sample_rate != self.rate:
            return None
        return self._snap(round((frame.pts - self.origin) * self.ticks), frame)

    def ticks_at(self, seconds: float, rate: int) -> int | None:
        """Return the timestamp of a time, else None."""
        if self.origin is None:
            return None
        return self.origin + int(seconds * rate / self.ticks)

    def _snap(self, position: int, frame: AudioFrame) -> int:
        """Return the sample that a frame near ``position`` begins with.

        A clock of milliseconds is coarser than samples, but frames of one size have few places.
        """
        number = round((position - self.first_samples) / frame.samples)
        place = self.first_samples + number * frame.samples
        return place if abs(place - position) <= self.ticks else position

    def _begin(self, frame: AudioFrame) -> None:
        """Take over a frame's rate: at the first frame, and where one stream follows another."""
        if self.rate:
            self.position = self.position * frame.sample_rate // self.rate
        self.rate = frame.sample_rate
        self.ticks = float((frame.time_base or 0) * frame.sample_rate)
        self.origin = None
        self.first_samples = frame.samples

    def _set(self, pts: int) -> None:
        """Let a timestamp mean the present position."""
        if self.ticks:
            self.origin = pts - round(self.position / self.ticks)


def _silence(like: AudioFrame, samples: int) -> AudioFrame:
    from av import AudioFrame

    frame = AudioFrame(format=like.format.name, layout=like.layout.name, samples=samples)
    frame.sample_rate = like.sample_rate
    zero = b"\x80" if like.format.name.startswith("u8") else b"\x00"
    for plane in frame.planes:
        plane.update(zero * plane.buffer_size)
    return frame
