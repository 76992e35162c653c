"""A folder for each class, as deep as one likes; above them there may be train, val and test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from earmark.audio import Skipped
from earmark.training.sounds.clips import SoundClip, SoundSet, Split, many
from earmark.training.sounds.walking import files, is_recording, listing

__all__ = ["SPLIT_NAMES", "read", "split_folders"]

SPLIT_NAMES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
}
"""What the parts of a set are called, in folders and in tables."""


def split_folders(folder: Path) -> dict[Split, list[Path]]:
    """Return the folders of training, validation and test, if that is what there is in it."""
    found: dict[Split, list[Path]] = {}
    inside, _, _ = listing(folder)
    for path in inside:
        split = SPLIT_NAMES.get(path.name.casefold())
        if split is None:
            return {}
        found.setdefault(split, []).append(path)
    return found if "train" in found else {}


def read(folder: Path, *, how: str = "") -> SoundSet:
    """Read a folder per class.

    Whatever lies below a class's folder and is named like a recording is one of it. What is named
    otherwise is counted, not read.

    Parameters
    ----------
    folder : Path
    how : str
        Why it was taken for that.
    """
    reading = _Reading(folder)
    splits = split_folders(folder)
    for split, parts in splits.items():
        for part in parts:
            reading.classes_in(part, split)
    if not splits:
        reading.classes_in(folder, None)
    return SoundSet(
        clips=tuple(reading.clips),
        classes=tuple(reading.classes),
        root=folder,
        how=how or f"{folder} has a folder for each class",
        skipped=tuple(reading.skipped),
        notes=tuple(reading.notes()),
    )


@dataclass
class _Reading:
    """What has been found so far."""

    root: Path
    clips: list[SoundClip] = field(default_factory=list)
    classes: dict[str, None] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    loose: list[Path] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)

    def classes_in(self, folder: Path, split: Split | None) -> None:
        inside, beside, skipped = listing(folder)
        self.skipped += skipped
        self.loose += [path for path in beside if is_recording(path)]
        for path in inside:
            self.classes.setdefault(path.name)
            self.clips += [
                SoundClip(path=found, labels=(path.name,), split=split)
                for found in self._recordings(path, within=(self.root, folder))
            ]

    def _recordings(self, folder: Path, *, within: Sequence[Path]) -> Iterator[Path]:
        for found in files(folder, within=within):
            if isinstance(found, Skipped):
                self.skipped.append(found)
            elif is_recording(found):
                yield found
            else:
                self.others[found.suffix.lower() or "none"] += 1

    def notes(self) -> Iterator[str]:
        if self.loose:
            yield (
                f"{many(len(self.loose), 'recording')} in no class's folder "
                f"({_some([path.name for path in self.loose])}): left out"
            )
        if self.others:
            yield (
                f"{many(self.others.total(), 'file')} with other extensions than recordings have "
                f"({_some(sorted(self.others))}): left out"
            )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
