"""From what a client sent, or the addresses it named, to recordings.

Everything lies in a folder of its own for as long as it is worked on, under a name that is ours.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from earmark.audio import EXTENSIONS, Limits, Skipped, Source, find
from earmark.audio.formats import archive_kind, is_foreign_archive
from earmark.audio.sources import printable
from earmark.errors import AudioError, UsageError
from earmark.serving.deepaas.fetching import fetch, shown
from earmark.serving.deepaas.settings import DeepaasSettings
from earmark.serving.names import name_of_upload

__all__ = ["Input", "Upload", "addresses", "fetched", "held", "received"]

_HEAD = 300
_ARCHIVES = (
    (0, b"PK\x03\x04", ".zip"),
    (0, b"\x1f\x8b", ".tar.gz"),
    (0, b"BZh", ".tar.bz2"),
    (0, b"\xfd7zXZ", ".tar.xz"),
    (257, b"ustar", ".tar"),
)
"""What archives begin with; where a client calls them by another name they are archives still."""
_TEMPORARY = re.compile(r"tmp[a-z0-9_]{8}")


class Upload(Protocol):
    """A file that DEEPaaS took from a client."""

    @property
    def filename(self) -> str:
        """Where it is."""

    @property
    def original_filename(self) -> str | None:
        """What the client calls it."""


@dataclass(frozen=True)
class Input:
    """What a client sent: a recording, or an archive of some."""

    recordings: tuple[Source | Skipped, ...]
    """Under the names that the client knows."""
    is_archive: bool
    """Whether there may be several, of which one that cannot be read does not stop the others."""


@contextmanager
def received(upload: Upload, *, settings: DeepaasSettings) -> Iterator[Input]:
    """Find the recordings in an upload, for the length of a ``with`` block."""
    path = Path(upload.filename)
    name = name_of_upload(upload.original_filename)
    with tempfile.TemporaryDirectory(prefix="earmark-") as folder:
        place = Path(folder, f"upload{_ending(name, path)}")
        _link(path, place)
        yield _found(place, name, settings)


@contextmanager
def held(upload: Upload | None) -> Iterator[None]:
    """Remove DEEPaaS's copy of an upload after a ``with`` block, as DEEPaaS asks; no other file."""
    try:
        yield
    finally:
        if upload is not None and _is_temporary(path := Path(upload.filename)):
            path.unlink(missing_ok=True)


@contextmanager
def fetched(url: str, *, settings: DeepaasSettings, check: Callable[[], None]) -> Iterator[Input]:
    """Find the recordings behind an address, for the length of a ``with`` block.

    Parameters
    ----------
    url : str
        As the client named it.
    settings : DeepaasSettings
    check : callable
        Is called while it is fetched, and may raise to end that.

    Raises
    ------
    AudioError
        If it cannot be fetched.
    """
    name = shown(url)
    with tempfile.TemporaryDirectory(prefix="earmark-") as folder:
        path = Path(folder, "fetched")
        fetch(url, path, settings=settings, check=check)
        place = path.with_name(f"fetched{_ending(_file_of(url), path)}")
        if place != path:
            path.rename(place)
        yield _found(place, name, settings)


def addresses(text: str) -> list[str]:
    """Read what came as ``urls``: an address, a text of JSON that holds one, or a list of them.

    Raises
    ------
    UsageError
        If it is something else.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    found = [value] if isinstance(value, str) else value
    if not (isinstance(found, list) and found and all(isinstance(each, str) for each in found)):
        raise UsageError("urls is no address: give one, or a list of some as JSON")
    return [each.strip() for each in found]


def _found(place: Path, name: str, settings: DeepaasSettings) -> Input:
    limits = Limits(
        archive_members=settings.recordings,
        archive_bytes=settings.archive_bytes,
        member_bytes=settings.archive_bytes,
    )
    items = [_renamed(item, place, name) for item in find([place], limits=limits)]
    is_archive = archive_kind(place.name) is not None
    if is_archive and not any(isinstance(item, Source) for item in items):
        raise AudioError(name, _reason(items))
    return Input(tuple(items), is_archive)


def _reason(items: Sequence[Source | Skipped]) -> str:
    return next((item.reason for item in items if isinstance(item, Skipped)), "holds no recordings")


def _renamed(item: Source | Skipped, place: Path, name: str) -> Source | Skipped:
    """Call something as the client does: where it lies is of no interest to anyone."""
    own = name + item.name.removeprefix(printable(str(place)))
    return Skipped(own, item.reason) if isinstance(item, Skipped) else Source(own, item.origin)


def _ending(name: str, path: Path) -> str:
    """Say which extension a file should have: that of its name, if it is known, or of its bytes."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    kind = archive_kind(name)
    if kind is not None:
        return f".{kind}"
    if is_foreign_archive(name):
        return PurePosixPath(name).suffix.lower()
    for start, magic, ending in _ARCHIVES:
        if head[start:].startswith(magic):
            return ending
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix in EXTENSIONS else ""


def _link(path: Path, place: Path) -> None:
    """Give a file another name, or make a copy where it is on another disk."""
    try:
        place.hardlink_to(path)
    except OSError:
        shutil.copyfile(path, place)


def _is_temporary(path: Path) -> bool:
    return path.parent == Path(tempfile.gettempdir()) and bool(_TEMPORARY.fullmatch(path.name))


def _file_of(url: str) -> str:
    return PurePosixPath(url.partition("?")[0].partition("#")[0]).name
