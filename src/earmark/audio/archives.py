"""The recordings inside a zip or tar archive, without unpacking any of it to disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from earmark.audio.bytestreams import DamagedError, os_reason
from earmark.audio.formats import archive_kind, has_known_extension, is_foreign_archive
from earmark.audio.limits import Limits
from earmark.audio.sources import Origin, Skipped, Source, printable

__all__ = ["Entry", "look_up", "members"]


@dataclass(frozen=True)
class Entry:
    """One file that an archive lists."""

    name: str
    """Its name inside, with forward slashes."""

    origin: Origin | None
    """How to open it, else None."""

    reason: str = ""
    """Why it cannot be opened."""


def members(path: str, *, limits: Limits) -> Iterator[Source | Skipped]:
    """List the recordings in an archive, in its own order.

    Parameters
    ----------
    path : str
        The archive: zip, or tar plain or packed with gzip, bzip2 or xz.
    limits : Limits
        How many members are looked at and how far they may unpack.

    Yields
    ------
    Source or Skipped
        A source for each member with a known extension; what cannot be read, and why.
    """
    shown, found = printable(path), 0
    try:
        for count, entry in enumerate(_entries(path, limits=limits)):
            if count >= limits.archive_members:
                reason = (
                    f"lists over {limits.archive_members} files: split it, the rest is left out"
                )
                yield Skipped(shown, reason)
                return
            for item in _judge(entry, shown):
                found += 1
                yield item
    except OSError as error:
        yield Skipped(shown, os_reason(error))
        return
    except DamagedError as error:
        yield Skipped(shown, str(error))
        return
    if not found:
        yield Skipped(shown, "holds no file with a known sound or video extension")


def look_up(path: str, *, limits: Limits) -> Source | None:
    """Find the member that a path like ``archive.zip/inner.wav`` means, else None."""
    archive, inner = _split(path)
    if archive is None:
        return None
    try:
        for entry in _entries(archive, limits=limits):
            if entry.name == inner and entry.origin is not None:
                return Source(printable(path), entry.origin)
    except (OSError, DamagedError):
        pass
    return None


def _entries(path: str, *, limits: Limits) -> Iterator[Entry]:
    kind = archive_kind(path)
    if kind == "zip":
        from earmark.audio.zips import entries as zip_entries

        return zip_entries(path, limits=limits)
    from earmark.audio.tars import entries as tar_entries

    return tar_entries(path, packing=(kind or "tar").removeprefix("tar").strip("."), limits=limits)


def _judge(entry: Entry, archive: str) -> Iterator[Source | Skipped]:
    """Yield what a user should hear of an entry: nothing, for files that are no sound."""
    parts = entry.name.replace("\\", "/").split("/")
    if parts[0] == "__MACOSX" or parts[-1].startswith("."):
        return
    name = printable(f"{archive}/{entry.name}")
    if archive_kind(entry.name) or is_foreign_archive(entry.name):
        yield Skipped(name, "is an archive inside an archive and is not entered: unpack it first")
    elif not has_known_extension(entry.name):
        return
    elif _leads_out(entry.name):
        yield Skipped(name, "has a name that leads out of the archive: rename it")
    elif entry.origin is None:
        yield Skipped(name, entry.reason)
    else:
        yield Source(name, entry.origin)


def _leads_out(name: str) -> bool:
    return name.startswith("/") or ".." in name.replace("\\", "/").split("/") or name[1:2] == ":"


def _split(path: str) -> tuple[str | None, str]:
    """Cut a path after the first part that is an archive on disk."""
    parts = path.replace(os.sep, "/").split("/")
    for end in range(1, len(parts)):
        archive = "/".join(parts[:end])
        if archive_kind(archive) and Path(archive).is_file():
            return archive, "/".join(parts[end:])
    return None, ""
