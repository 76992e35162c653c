"""DEEP-OC's ``dataset_files``: lists of recordings with the numbers of their classes.

``classes.txt`` names a class on each line; ``train.txt``, ``val.txt`` and ``test.txt`` hold lines
of a path and the number of its class, from 0. ``info.txt`` says something of each class. Paths are
relative to another folder, DEEP-OC's ``dataset_directory``. They lead to recordings or to blocks of
embeddings (``name-0.npy``); where a recording is not there and its blocks are, these are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from earmark.audio import Skipped
from earmark.errors import DataError
from earmark.training.sounds.clips import SoundClip, SoundSet, Split, many
from earmark.training.sounds.places import Places, folder_called
from earmark.training.sounds.settings import DEFAULTS, SoundSettings

__all__ = ["folder_of", "read"]

_LISTS: dict[str, Split] = {"train.txt": "train", "val.txt": "validation", "test.txt": "test"}
_BLOCK = re.compile(r"(?P<name>.*)-\d+\.npy", re.IGNORECASE | re.DOTALL)
_LINE = re.compile(r"(?P<path>.*\S)\s+(?P<label>[+-]?\d+)")


def folder_of(path: Path) -> Path | None:
    """Return where the lists are, in a folder or its ``dataset_files``; None if they are not."""
    for folder in (path, path / "dataset_files"):
        if (folder / "classes.txt").is_file() and (folder / "train.txt").is_file():
            return folder
    return None


def read(folder: Path, settings: SoundSettings = DEFAULTS, *, how: str = "") -> SoundSet:
    """Read DEEP-OC's lists.

    Parameters
    ----------
    folder : Path
        The one that has ``classes.txt`` and ``train.txt``.
    settings : SoundSettings
        Its `audio_folder` is the ``dataset_directory``.
    how : str
        Why it was taken for that.

    Raises
    ------
    DataError
        If a list cannot be read, labels do not begin at 0, or nothing of what is listed is there.
    """
    return _Reading(folder, settings, how or f"{folder} has DEEP-OC's classes.txt").read()


@dataclass(frozen=True)
class _Line:
    """A line of a list."""

    where: str
    path: str
    label: int | None


@dataclass
class _Reading:
    folder: Path
    settings: SoundSettings
    how: str
    notes: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def read(self) -> SoundSet:
        classes = [line for _, line in _lines(self.folder / "classes.txt")]
        self._check_twice(classes)
        lists = {
            split: list(self._list(self.folder / name))
            for name, split in _LISTS.items()
            if (self.folder / name).is_file()
        }
        everything = [line for lines in lists.values() for line in lines]
        self._check_numbers([line for line in everything if line.label is not None], classes)
        places = Places.of([line.path for line in everything], folders=self._folders())
        clips = tuple(
            SoundClip(path=path, labels=(classes[label],), split=split, group=_recording_of(path))
            for split, lines in lists.items()
            for line, label in self._labelled(lines, len(classes))
            for path in self._found(line, places)
        )
        if not clips:
            raise DataError(
                f"nothing that {self.folder} lists is below {places.searched}: say where the "
                "recordings are (--audio-folder, DEEP-OC's dataset_directory)"
            )
        about = self._info(classes)
        return SoundSet(
            clips=clips,
            classes=tuple(classes),
            root=places.base or self.folder,
            how=self.how,
            skipped=tuple(self.skipped),
            notes=tuple(self.notes),
            about=about,
        )

    def _folders(self) -> Iterator[Path]:
        """Where the recordings may be: DEEP-OC keeps them in data/audios, beside the lists."""
        if self.settings.audio_folder is not None:
            yield folder_called(self.settings.audio_folder)
            return
        above = self.folder.resolve().parent
        yield from (above / "audios", above / "embeddings", self.folder, above)
        yield above / "samples"

    def _list(self, path: Path) -> Iterator[_Line]:
        for number, text in _lines(path):
            found = _LINE.fullmatch(text)
            where = f"{path}, line {number}"
            if found is None:
                yield _Line(where, text, None)
            else:
                yield _Line(where, found["path"], int(found["label"]))

    def _labelled(self, lines: list[_Line], classes: int) -> Iterator[tuple[_Line, int]]:
        """Give the lines whose label is a class's number, and name the others."""
        without = 0
        for line in lines:
            if line.label is None:
                without += 1
            elif 0 <= line.label < classes:
                yield line, line.label
            else:
                self.skipped.append(
                    Skipped(
                        line.where,
                        f"label {line.label} is no class: there are {classes}, from 0 to "
                        f"{classes - 1}",
                    )
                )
        if without:
            self.notes.append(
                f"{many(without, 'line')} without a label's number at the end: left out"
            )

    def _found(self, line: _Line, places: Places) -> list[Path]:
        path = places.find(line.path)
        if path is not None:
            return [path]
        blocks = self._blocks(line.path, places)
        if not blocks:
            self.skipped.append(Skipped(line.path, places.why_not(line.path)))
        return blocks

    def _blocks(self, name: str, places: Places) -> list[Path]:
        """Find the blocks of a recording's embeddings: ``name-0.npy``, ``name-1.npy``, ..."""
        stem = str(Path(name).with_suffix(""))
        found: list[Path] = []
        for folder in [places.base] if places.base is not None else places.folders:
            while (block := folder / f"{stem}-{len(found)}.npy").is_file():
                found.append(block)
            if found:
                break
        return found

    def _check_numbers(self, lines: list[_Line], classes: list[str]) -> None:
        labels = {line.label for line in lines if line.label is not None}
        if labels and min(labels) == 1 and max(labels) == len(classes):
            raise DataError(
                f"{self.folder}: labels run from 1 to {max(labels)}, and DEEP-OC counts the "
                f"{many(len(classes), 'class')} from 0: take 1 off each, or begin classes.txt "
                "with the class 0"
            )

    def _check_twice(self, classes: list[str]) -> None:
        for name in dict.fromkeys(classes):
            lines = [str(at) for at, other in enumerate(classes) if other == name]
            if len(lines) > 1:
                self.notes.append(
                    f"classes.txt names {name!r} {len(lines)} times, for the labels "
                    f"{' and '.join(lines)}: they are taken for one class"
                )

    def _info(self, classes: list[str]) -> tuple[str, ...]:
        path = self.folder / "info.txt"
        if not path.is_file():
            return ()
        lines = [line for _, line in _lines(path)]
        if len(lines) == len(classes):
            return tuple(lines)
        self.notes.append(
            f"info.txt has {many(len(lines), 'line')} for {many(len(classes), 'class')}: not used"
        )
        return ()


def _recording_of(path: Path) -> str | None:
    """Say which recording a block is of: all of its blocks belong together."""
    block = _BLOCK.fullmatch(str(path))
    return None if block is None else block["name"]


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that hold anything, and their numbers."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    if b"\0" in data:
        raise DataError(f"{path} is no text: save it in UTF-8")
    for number, line in enumerate(data.decode("utf-8-sig", "surrogateescape").splitlines(), 1):
        if line.strip():
            yield number, line.strip()
