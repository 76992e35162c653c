"""Files below a folder: in order, without the hidden ones, and never round in circles."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from earmark.audio import Skipped
from earmark.audio.bytestreams import os_reason
from earmark.audio.formats import archive_kind, has_known_extension

__all__ = ["files", "is_recording", "listing"]


def listing(folder: Path) -> tuple[list[Path], list[Path], list[Skipped]]:
    """Return what is in a folder, by name: its folders, its files, and what is neither.

    Hidden files are left out; a link counts as what it leads to.
    """
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
    except OSError as error:
        return [], [], [Skipped(str(folder), os_reason(error))]
    folders: list[Path] = []
    found: list[Path] = []
    skipped: list[Skipped] = []
    for name in names:
        path = folder / name
        if path.is_dir():
            folders.append(path)
        elif path.is_file():
            found.append(path)
        elif path.is_symlink():
            skipped.append(
                Skipped(str(path), "is a link to something that does not exist: mend the link")
            )
    return folders, found, skipped


def files(folder: Path, *, within: Iterable[Path] = ()) -> Iterator[Path | Skipped]:
    """Yield all files below a folder, through links, too, but no folder within itself.

    Parameters
    ----------
    folder : Path
    within : iterable of Path
        Folders above it, which no link may lead back to.
    """
    above = (_place(path) for path in within)
    yield from _files(folder, within=tuple(place for place in above if place is not None))


def is_recording(path: Path) -> bool:
    """Whether a file is named like a recording."""
    return has_known_extension(path.name) and archive_kind(path.name) is None


def _files(folder: Path, *, within: tuple[tuple[int, int], ...]) -> Iterator[Path | Skipped]:
    here = _place(folder)
    if here is None or here in within:
        return
    folders, found, skipped = listing(folder)
    yield from found
    yield from skipped
    for each in folders:
        yield from _files(each, within=(*within, here))


def _place(folder: Path) -> tuple[int, int] | None:
    """What a folder is, by whatever name."""
    try:
        state = folder.stat()
    except (OSError, ValueError):  # or no name that a folder can have
        return None
    return state.st_dev, state.st_ino
