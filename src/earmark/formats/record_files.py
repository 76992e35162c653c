"""What a user names -> TFRecord files, on disk and in tar archives, opened one by one."""

from __future__ import annotations

import glob
import io
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from earmark.errors import DataError
from earmark.formats.embedding_set import Damage, OnDamage
from earmark.formats.records import BLOCK, BrokenError, Read
from earmark.formats.tar_members import BLOCK_SIZE, is_tar, members
from earmark.formats.unpacking import unpacked

__all__ = ["RecordFile", "is_records", "record_files"]

_NAME = re.compile(r"[^.].*\.tfrecords?(-\d+-of-\d+)?(\.gz)?", re.IGNORECASE)


@dataclass(frozen=True)
class RecordFile:
    """A TFRecord file that is open until the next one is asked for."""

    path: str
    """What to call it; for a member of an archive ``features.tar.gz/folder/name``."""
    read: Read
    """Its bytes, unpacked."""
    archive: str = ""
    """The archive that it is a member of, if it is one."""


def is_records(name: str) -> bool:
    """Whether a file's name is that of a TFRecord file."""
    return _NAME.fullmatch(name) is not None


def record_files(
    path: Path | str, *, split: str | None = None, on_damage: OnDamage
) -> Iterator[RecordFile]:
    """Open what a path means, one file after the other.

    Parameters
    ----------
    path : Path or str
        A TFRecord file; a folder, searched through all its levels in order of names; a tar archive
        as AudioSet's ``features.tar.gz``, read as it comes; a pattern with ``*``, ``?``, ``[...]``
        and ``**``. Files and archives may be compressed by gzip.
    split : str, optional
        Only what is in folders of this name: ``bal_train``, ``eval``. They are looked for in an
        archive; or below the folder named, with that one, or the part of a pattern that is plain.
    on_damage : callable
        Told of a file that cannot be opened, and of an archive that breaks off.

    Raises
    ------
    DataError
        If there is nothing.
    """
    found = False
    others: set[str] = set()
    root = _root(path)

    def tell(damage: Damage) -> None:
        nonlocal found
        found = True
        on_damage(damage)

    for name in _paths(path):
        for file in _opened(name, on_damage=tell):
            if split is None or split in (folders := _folders(file, root)):
                found = True
                yield file
            else:
                others.update(folders[-1:])
    if others and not found:
        raise DataError(f"{path} has no folder {split!r}, but {', '.join(sorted(others))}")
    if not found:
        raise DataError(f"{path} holds no .tfrecord file: name a file, or the folder they are in")


def _paths(path: Path | str) -> Iterator[str]:
    name = os.fspath(path)
    if Path(name).is_dir():
        yield from _walk(name)
    elif Path(name).exists():
        yield name
    elif glob.has_magic(name):
        for match in sorted(glob.iglob(name, recursive=True)):  # noqa: PTH207, Path takes no absolute pattern
            if not Path(match).is_dir():
                yield match
            elif "**" not in name:  # which finds what is in a folder, too
                yield from _walk(match)
    else:
        raise DataError(f"{name} does not exist: check the name")


def _root(path: Path | str) -> Path:
    """Return the folder that a path names, or the one that a file or a pattern is in."""
    root = Path(os.path.abspath(path))  # noqa: PTH100, Path.resolve would follow links
    while not root.is_dir():
        root = root.parent
    return root


def _folders(file: RecordFile, root: Path) -> tuple[str, ...]:
    """Return the folders that a file is in, from the root on."""
    if file.archive:
        return PurePosixPath(file.path.removeprefix(file.archive)).parts[1:-1]
    whole = PurePath(os.path.abspath(file.path))  # noqa: PTH100, as above
    return (root.name, *whole.relative_to(root).parts[:-1])


def _walk(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (os.path.join(place, name) for name in sorted(names) if is_records(name))  # noqa: PTH118, as slow as reading it


def _opened(path: str, *, on_damage: OnDamage) -> Iterator[RecordFile]:
    try:
        file = io.FileIO(path)
    except OSError as error:
        on_damage(Damage(path, None, f"it cannot be opened: {error.strerror}"))
        return
    with file:
        try:
            read = unpacked(_reading(file))
            tar = not read.is_records and is_tar(read.peek(BLOCK_SIZE))
        except BrokenError as error:
            on_damage(Damage(path, 0, str(error)))
            return
        if tar:
            yield from _members(path, read, on_damage=on_damage)
        else:
            yield RecordFile(path, read)


def _reading(file: io.FileIO) -> Read:
    """Return what reads a file; a small one is read at once, without room for a large one."""
    about = os.fstat(file.fileno())
    room = about.st_size + 1 if stat.S_ISREG(about.st_mode) else BLOCK  # a pipe has no size

    def read(most: int) -> bytes:
        try:
            return file.read(min(most, room)) or b""
        except OSError as error:
            raise BrokenError(f"it cannot be read: {error.strerror}") from error

    return read


def _members(path: str, read: Read, *, on_damage: OnDamage) -> Iterator[RecordFile]:
    try:
        for member in members(read):
            if is_records(member.name.rpartition("/")[2]):
                yield RecordFile(f"{path}/{member.name}", unpacked(member.read), archive=path)
    except BrokenError as error:
        on_damage(Damage(path, None, f"it cannot be read to its end: {error}"))
