"""What a person's own sounds are, before anything of them is decoded: files, times and labels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from earmark.audio import Skipped
from earmark.errors import DataError

__all__ = ["SPLITS", "SoundClip", "SoundSet", "Split", "Unlabelled", "in_order", "many"]

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
Unlabelled = Literal["background", "leave_out"]


@dataclass(frozen=True, kw_only=True)
class SoundClip:
    """A recording, or a stretch of one, and what is to be heard in it.

    Raises
    ------
    DataError
        If its times make no sense.
    """

    path: Path
    """The recording, or one of DEEP-OC's blocks of embeddings."""
    start: float = 0.0
    """Where the stretch begins, in seconds."""
    end: float | None = None
    """Where it ends; None for the recording's end."""
    labels: tuple[str, ...] = ()
    """What is to be heard in it; nothing of what is to be learnt if there is none."""
    split: Split | None = None
    """What it is for; None if nobody has said so."""
    fold: str | None = None
    """Which part of the set it is in, for cross-validation."""
    group: str | None = None
    """Clips of one group are never learnt from on the one hand and checked on the other."""

    def __post_init__(self) -> None:
        """Refuse times that make no sense."""
        if not (math.isfinite(self.start) and self.start >= 0):
            raise DataError(f"{self.path}: starts at {self.start} s, and must at 0 or after")
        if self.end is not None and not (math.isfinite(self.end) and self.end >= self.start):
            raise DataError(f"{self.path}: ends at {self.end} s, before its start at {self.start}")

    @property
    def is_whole(self) -> bool:
        """Whether it is all of a recording."""
        return self.start == 0 and self.end is None

    @property
    def is_block(self) -> bool:
        """Whether it holds embeddings instead of sound."""
        return self.path.suffix.lower() == ".npy"


@dataclass(frozen=True, kw_only=True, repr=False)
class SoundSet:
    """All of a person's sounds."""

    clips: tuple[SoundClip, ...]
    """In the order in which they were found."""
    classes: tuple[str, ...]
    """What is to be learnt, in the order of the tagger's scores."""
    root: Path
    """The folder that they are named from."""
    how: str
    """What they were taken for, and why, in one sentence."""
    unlabelled: Unlabelled = "leave_out"
    """What recordings are where no label is: nothing of what is to be learnt, or unknown."""
    skipped: tuple[Skipped, ...] = ()
    """What was left out, and why."""
    notes: tuple[str, ...] = ()
    """What a person should know of it, each a sentence."""
    about: tuple[str, ...] = ()
    """What the person says of each class, if anything."""

    def __len__(self) -> int:
        """Count the clips."""
        return len(self.clips)

    def __repr__(self) -> str:
        """Show its size."""
        return f"SoundSet({len(self)} clips, {len(self.classes)} classes)"

    @property
    def are_blocks(self) -> bool:
        """Whether it holds embeddings instead of sound."""
        return any(clip.is_block for clip in self.clips)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, each once."""
        return tuple(dict.fromkeys(clip.path for clip in self.clips))

    @property
    def folds(self) -> tuple[str, ...]:
        """The parts for cross-validation, in their order."""
        found = {clip.fold for clip in self.clips if clip.fold is not None}
        return in_order(found)

    def name_of(self, path: Path) -> str:
        """Name a file as seen from the set's folder."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return str(path)

    def hold_out(self, fold: str, *, split: Split = "test") -> SoundSet:
        """Keep a fold out of training; the others are for it.

        Parameters
        ----------
        fold : str
            One of `folds`.
        split : {"test", "validation"}
            What it is kept for.

        Raises
        ------
        DataError
            If there is no such fold.
        """
        if fold not in self.folds:
            known = ", ".join(self.folds) or "none"
            raise DataError(f"{self.root} has no fold {fold!r}: it has {known}")
        clips = tuple(
            replace(clip, split=split if clip.fold == fold else "train") for clip in self.clips
        )
        return replace(self, clips=clips)

    def noting(self, *notes: str, skipped: Iterable[Skipped] = ()) -> SoundSet:
        """Return the same with more to be known."""
        return replace(self, notes=(*self.notes, *notes), skipped=(*self.skipped, *skipped))


def many(count: int, what: str) -> str:
    """Write a number of things: ``1 clip``, ``12 recordings``, ``3 classes``."""
    plural = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{count} {what if count == 1 else plural}"


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Sort names, those that are numbers by what they count."""
    return tuple(sorted(names, key=_counting))


def _counting(name: str) -> tuple[int, int, str]:
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)
