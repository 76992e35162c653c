"""A person's folders and lists, made up: tones of a pitch for each class."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sounds import tone, write_wav

from earmark.audio import Skipped
from earmark.training.sounds import Silent, SoundSet

PITCHES = {"low": 300, "middle": 1000, "high": 3000}


def recording(path: Path, *, hertz: float = 440, seconds: float = 0.3, seed: int = 0) -> Path:
    """A tone that differs from all others of its pitch by a little noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waveform = tone(hertz, seconds)
    noise = np.random.default_rng([seed, *os.fsencode(path.name)]).normal(0, 1e-3, len(waveform))
    return write_wav(path, (waveform + noise).astype(np.float32))


def folders(root: Path, *, each: int = 5, classes: Iterable[str] = PITCHES) -> Path:
    """A folder for each class."""
    for name in classes:
        for number in range(each):
            path = root / name / f"{name}{number}.wav"
            recording(path, hertz=PITCHES.get(name, 440), seed=number)
    return root


def labels_of(found: SoundSet) -> dict[str, tuple[str, ...]]:
    """What is to be heard in each file."""
    return {found.name_of(clip.path): clip.labels for clip in found.clips}


def state_of(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """All that a folder holds: bytes, times and permissions."""
    return {
        str(path.relative_to(folder)): (
            path.read_bytes() if path.is_file() else b"",
            path.lstat().st_mtime_ns,
            path.lstat().st_mode,
        )
        for path in sorted(folder.rglob("*"))
        if os.access(path, os.R_OK)
    }


@dataclass
class Listening(Silent):
    """Keeps all it is told."""

    notes: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    left_out: list[Skipped] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    total: list[int] = field(default_factory=list)

    def begin(self, total: int) -> None:
        self.total.append(total)

    def done(self, name: str) -> None:
        self.finished.append(name)

    def skipped(self, skipped: Skipped) -> None:
        self.left_out.append(skipped)

    def told(self, text: str) -> None:
        self.said.append(text)

    def note(self, text: str) -> None:
        self.notes.append(text)
