"""From what a user names to the recordings it means: folders, patterns, addresses, archives."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from earmark.audio.archives import look_up, members
from earmark.audio.bytestreams import os_reason
from earmark.audio.formats import archive_kind, has_known_extension, is_foreign_archive
from earmark.audio.limits import Limits
from earmark.audio.sources import (
    DEFAULT_LIMITS,
    FilePath,
    Skipped,
    Source,
    is_url,
    printable,
    scheme_of,
)

__all__ = ["find"]

FOREIGN = "is an archive of a kind that is not read: unpack it, or pack it as zip or tar"


def find(
    inputs: Iterable[str | os.PathLike[str]], *, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Source | Skipped]:
    """Find the recordings that some inputs mean, lazily and in order.

    Parameters
    ----------
    inputs : iterable of str or os.PathLike
        Files; folders, searched through all their levels for known sound and video extensions
        (hidden files and linked folders are left out); patterns with ``*``, ``?``, ``[...]`` and
        ``**``; zip and tar archives; members of them (``archive.zip/inner.wav``); ``http://`` and
        ``https://`` addresses; ``-`` for standard input. An ``os.PathLike`` is always a path.
    limits : Limits
        How much addresses and archives may cost.

    Yields
    ------
    Source or Skipped
        In the order of the inputs, folders by name. What cannot be a recording is a ``Skipped``
        that says why: one bad input never stops the others.
    """
    for item in inputs:
        try:
            yield from _expand(item, limits)
        except (OSError, ValueError) as error:
            yield Skipped(printable(os.fsdecode(item)), os_reason(error))


def _expand(item: str | os.PathLike[str], limits: Limits) -> Iterator[Source | Skipped]:
    path = os.fsdecode(item)
    if not path:
        yield Skipped(path, "is an empty name: name a file or a folder")
    elif isinstance(item, str) and (path == "-" or is_url(path)):
        yield Source.of(path, limits=limits)
    elif os.path.lexists(path):
        yield from _existing(path, limits)
    elif isinstance(item, str) and (scheme := scheme_of(path)):
        yield Skipped(printable(path), _other_scheme(scheme))
    elif isinstance(item, str) and glob.has_magic(path):
        yield from _matching(path, limits)
    elif member := look_up(path, limits=limits):
        yield member
    else:
        yield Skipped(printable(path), _missing(path))


def _existing(path: str, limits: Limits) -> Iterator[Source | Skipped]:
    if not Path(path).exists():
        yield Skipped(printable(path), "is a link to something that does not exist: mend the link")
    elif Path(path).is_dir():
        found = False
        for entry in _walk(path, limits):
            found = True
            yield entry
        if not found:
            reason = "holds no file with a known sound or video extension: name the files"
            yield Skipped(printable(path), reason)
    elif archive_kind(path):
        yield from members(path, limits=limits)
    elif is_foreign_archive(path):
        yield Skipped(printable(path), FOREIGN)
    elif not os.access(path, os.R_OK):
        yield Skipped(printable(path), os_reason(PermissionError()))
    else:
        yield Source(printable(path), FilePath(path))


def _walk(folder: str, limits: Limits) -> Iterator[Source | Skipped]:
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        reason = os_reason(error).replace("name a file inside it", "name another")
        yield Skipped(printable(folder), reason)
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        # A linked folder may lead back up, so it is entered only when it is named itself.
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, limits)
        elif entry.is_file() and archive_kind(entry.name):
            yield from members(entry.path, limits=limits)
        elif has_known_extension(entry.name) and (entry.is_file() or entry.is_symlink()):
            yield from _existing(entry.path, limits) if not entry.is_dir() else ()


def _matching(pattern: str, limits: Limits) -> Iterator[Source | Skipped]:
    # "**" finds what is in a folder and the folder: walking it too would give each file twice.
    deep = "**" in pattern
    found = False
    for path in sorted(glob.iglob(pattern, recursive=True)):  # noqa: PTH207, Path takes no absolute pattern
        if deep and Path(path).is_dir():
            continue
        found = True
        yield from _existing(path, limits)
    if not found:
        yield Skipped(printable(pattern), "matches no file: check the pattern and the folder")


def _other_scheme(scheme: str) -> str:
    if scheme == "file":
        return "is a file address: name the path itself"
    return f"is a {scheme} address, and only http and https are read: download it first"


def _missing(path: str) -> str:
    try:
        Path(path).lstat()
    except FileNotFoundError as error:
        reason = os_reason(error)
    except (OSError, ValueError) as error:
        return os_reason(error)
    folder, name = os.path.split(path)
    try:
        with os.scandir(folder or ".") as listing:
            names = [entry.name for _, entry in zip(range(5000), listing, strict=False)]
    except OSError:
        return reason
    import difflib

    near = difflib.get_close_matches(name, names, n=1, cutoff=0.75)
    if near:
        return f"does not exist: is it {printable(str(Path(folder, near[0])))}?"
    return reason
