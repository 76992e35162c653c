"""Altered copies of recordings: more to learn from than there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from earmark.audio import SAMPLE_RATE, Source, stream
from earmark.errors import UsageError
from earmark.features import FIRST_PATCH_SAMPLES, PATCH_SAMPLES, fit_short
from earmark.formats import CLIP_FRAMES

__all__ = ["Alteration", "Altered", "Stretches"]

_STRETCH = CLIP_FRAMES * PATCH_SAMPLES
_OVERLAP = FIRST_PATCH_SAMPLES - PATCH_SAMPLES


class Alteration(Protocol):
    """Makes another recording of a recording, of the same length and of what is heard in it."""

    @property
    def key(self) -> str:
        """A text that says all that the result depends on, but for waveform and chance."""

    def __call__(
        self, waveform: NDArray[np.float32], rng: np.random.Generator, /
    ) -> NDArray[np.float32]:
        """float32 [samples] in [-1, 1] -> float32 [samples] in [-1, 1]."""


@dataclass(frozen=True)
class Altered:
    """Altered copies of recordings instead of them as they are."""

    by: Alteration
    copies: int
    """How many of each."""
    seed: int = 1

    @property
    def key(self) -> str:
        """A text that says all that they depend on, but for the recording."""
        return f"{self.by.key} {self.copies} {self.seed}"

    def copies_of(
        self, waveform: NDArray[np.float32], *, digest: str, index: int
    ) -> Iterator[NDArray[np.float32]]:
        """Make the copies of a stretch of a recording.

        Parameters
        ----------
        waveform : float32 [samples]
        digest : str
            The recording's, in hexadecimal digits; its copies are the same every time.
        index : int
            Which of its stretches this is.

        Raises
        ------
        UsageError
            If the alteration changes the length.
        """
        for copy in range(self.copies):
            rng = np.random.default_rng([self.seed, copy, index, int(digest[:16], 16)])
            changed = self.by(waveform.copy(), rng)
            if changed.shape != waveform.shape:
                raise UsageError(
                    f"the alteration {self.by.key!r} makes {len(changed)} samples of "
                    f"{len(waveform)}: it must keep the length"
                )
            yield changed


class Stretches:
    """A recording in stretches of ten patches, as patches lie in the whole of it.

    Iterate it once. A little of the next stretch is at the end of each, where its last patch
    reaches into that.

    Parameters
    ----------
    source : Source
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._samples = 0

    @property
    def seconds(self) -> float:
        """How much has been read."""
        return self._samples / SAMPLE_RATE

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        waiting = np.empty(0, np.float32)
        first = True
        with stream(self._source, block_seconds=_STRETCH / SAMPLE_RATE) as blocks:
            for block in blocks:
                self._samples += len(block)
                waiting = np.concatenate([waiting, block])
                while len(waiting) >= _STRETCH + _OVERLAP:
                    yield waiting[: _STRETCH + _OVERLAP]
                    waiting, first = waiting[_STRETCH:], False
        if first and len(waiting):
            yield fit_short(waiting, how="loop")
        elif len(waiting) >= FIRST_PATCH_SAMPLES:
            yield waiting
