"""What a person gave us: which of the ways to keep sounds it is, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from earmark.errors import DataError
from earmark.training.sounds import audacity, dataset_files, folders, table
from earmark.training.sounds.clips import SoundSet
from earmark.training.sounds.names import settle
from earmark.training.sounds.rows import TABLES, columns_of, is_list_of_segments
from earmark.training.sounds.settings import DEFAULTS, Role, SoundSettings
from earmark.training.sounds.walking import files, is_recording, listing

__all__ = ["Found", "Kind", "detect", "is_sounds", "read"]

Kind = Literal["folders", "table", "dataset_files", "tracks"]

_WAYS = (
    "a folder for each class with recordings in it; a table (.csv, .parquet) with columns path and "
    "label; a label track of Audacity beside each recording (night.txt beside night.wav); or "
    "DEEP-OC's classes.txt and train.txt"
)
_PLACES_OF_TABLES = ("", "meta", "metadata")


@dataclass(frozen=True)
class Found:
    """Which way it is."""

    kind: Kind
    path: Path
    """What to read: the folder, or the table."""
    why: str
    """In one sentence."""


def read(path: Path | str, settings: SoundSettings = DEFAULTS) -> SoundSet:
    """Read a person's own sounds: what there is and what is to be heard in it.

    Nothing is decoded yet, and nothing is ever changed.

    Parameters
    ----------
    path : path
        A folder for each class, a table, DEEP-OC's ``dataset_files`` or recordings with label
        tracks.
    settings : SoundSettings
        How to read them.

    Raises
    ------
    DataError
        If it is none of these, or does not hold what it should.
    UsageError
        If a setting does not fit what is there.

    Examples
    --------
    >>> read("sounds/")  # doctest: +SKIP
    SoundSet(120 clips, 5 classes)
    """
    found = detect(Path(path), columns=settings.columns)
    match found.kind:
        case "folders":
            sounds = folders.read(found.path, how=found.why)
        case "table":
            sounds = table.read(found.path, settings, how=found.why)
        case "dataset_files":
            sounds = dataset_files.read(found.path, settings, how=found.why)
        case "tracks":
            sounds = audacity.read(found.path, how=found.why)
    if settings.unlabelled is not None:
        sounds = replace(sounds, unlabelled=settings.unlabelled)
    return settle(sounds, settings)


def is_sounds(path: Path | str, *, columns: bool = False) -> bool:
    """Whether a person means this as their own sounds, rather than as an embedding set.

    That need not be such that it can be learnt from: `read` says what is missing.

    Parameters
    ----------
    path : path
    columns : bool
        Whether somebody says what the columns of a table are.
    """
    path = Path(path)
    try:
        detect(path)
    except DataError:
        pass
    else:
        return True
    suffix = path.suffix.lower()
    if suffix in TABLES and path.is_file():
        return columns or (suffix != ".parquet" and not is_list_of_segments(path))
    return is_recording(path) or any(
        isinstance(file, Path) and is_recording(file) for file in files(path)
    )


def detect(path: Path, *, columns: dict[Role, str] | None = None) -> Found:
    """Say which way a person keeps sounds.

    Parameters
    ----------
    path : Path
    columns : dict, optional
        What the columns of a table are said to be.

    Raises
    ------
    DataError
        If it is none that is known: then it says what would be needed.
    """
    try:
        there, is_folder = path.exists(), path.is_dir()
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if not there:
        raise DataError(f"{path} does not exist: check the name")
    if not is_folder:
        return _file(path, columns)
    return _lists(path) or _table_in(path) or _tracks(path) or _folders(path)


def _file(path: Path, columns: dict[Role, str] | None) -> Found:
    if path.suffix.lower() in TABLES:
        if columns or _is_table(path):
            return Found("table", path, f"{path} is a table of recordings")
        named = ", ".join(columns_of(path)) or "none that can be read"
        raise DataError(
            f"{path} is no table of recordings: it needs columns path and label, and has {named}; "
            "say which they are (--column path=NAME --column labels=NAME)"
        )
    if path.name in ("classes.txt", "train.txt") and (found := _lists(path.parent)):
        return found
    what = "one recording" if is_recording(path) else "one file"
    raise DataError(f"{path} is {what}, and to learn takes {_WAYS}")


def _lists(path: Path) -> Found | None:
    folder = dataset_files.folder_of(path)
    if folder is None:
        return None
    return Found("dataset_files", folder, f"{folder} has DEEP-OC's classes.txt and train.txt")


def _table_in(path: Path) -> Found | None:
    """Find the one table of recordings in a folder, or in its ``meta``."""
    found = [
        file
        for place in _PLACES_OF_TABLES
        if (path / place).is_dir()
        for file in listing(path / place)[1]
        if file.suffix.lower() in TABLES and _is_table(file)
    ]
    if not found:
        return None
    if len(found) > 1:
        raise DataError(
            f"{path} has several tables of recordings ({', '.join(f.name for f in found[:4])}): "
            "name the one to learn from"
        )
    return Found("table", found[0], f"{path} has a table of recordings, {found[0].name}")


def _is_table(path: Path) -> bool:
    roles = table.roles_of(columns_of(path))
    return "path" in roles and "labels" in roles


def _tracks(path: Path) -> Found | None:
    tracks = audacity.tracks_below(path)
    if not tracks:
        return None
    recording, track = next(iter(tracks.items()))
    return Found(
        "tracks",
        path,
        f"{path} has label tracks beside its recordings, as {track.name} beside {recording.name}",
    )


def _folders(path: Path) -> Found:
    splits = folders.split_folders(path)
    parts = [part for parts in splits.values() for part in parts] or [path]
    classes = {
        inside.name: None
        for part in parts
        for inside in listing(part)[0]
        if any(isinstance(file, Path) and is_recording(file) for file in files(inside))
    }
    if not classes:
        raise DataError(f"{path} {_what_is_in(path)}; to learn takes {_WAYS}")
    below = f" in each of {', '.join(part.name for part in parts)}" if splits else ""
    return Found("folders", path, f"{path} has a folder for each of {len(classes)} classes{below}")


def _what_is_in(path: Path) -> str:
    inside, beside, _ = listing(path)
    recordings = sum(map(is_recording, beside))
    if recordings:
        return f"holds recordings, but nothing says what is to be heard in them ({recordings})"
    if any(file.suffix.lower() == ".npy" for file in beside):
        return "holds blocks of embeddings, but nothing says what is to be heard in them"
    return "is empty" if not (inside or beside) else "holds no recordings"
