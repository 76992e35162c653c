"""Files and folders that appear when they are complete, and not at all if they never are."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from earmark.errors import DataError, UsageError, first_line

__all__ = ["replacing", "replacing_folder"]

_RUST = re.compile(r"\(os error (\d+)\)")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a name to write a file to, and put that file in the place of another at the end.

    Parameters
    ----------
    path : Path
        The file to be; one that is there stays as it was until the new one is complete, and stays
        for good if that never comes to be.

    Yields
    ------
    Path
        A name in the same folder. Whatever has been written there is gone if the block fails.

    Raises
    ------
    UsageError
        If nothing can be written there.
    DataError
        If it cannot be written to its end, as on a full disk.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise UsageError(f"{path} cannot be written: it is a folder; name a file")
    part = _beside(target, "part")
    try:
        _begin(path, part.touch)
        with _said_in_one_sentence(path):
            yield part
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path, *, ours: Callable[[Path], bool]) -> Iterator[Path]:
    """Do the same for a folder.

    Parameters
    ----------
    path : Path
        The folder to be.
    ours : callable
        Whether a folder may go, as one that was written like this earlier; what holds anything
        else is never replaced.

    Yields
    ------
    Path
        An empty folder beside it.

    Raises
    ------
    UsageError
        If nothing can be written there, or what is there is not to be lost.
    DataError
        If it cannot be written to its end, as on a full disk.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not (target.is_dir() and (_is_empty(target) or ours(target))):
        raise UsageError(
            f"{path} cannot be written: something else is there, which would be lost; "
            "name a folder that is not there yet"
        )
    part, old = _beside(target, "part"), _beside(target, "old")
    try:
        _begin(path, part.mkdir)
        with _said_in_one_sentence(path):
            yield part
            if target.exists():
                # Two steps, as no system puts a folder in the place of a full one in one.
                target.rename(old)
            try:
                part.rename(target)
            except OSError:
                if old.exists():
                    old.rename(target)
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _begin(path: Path, begin: Callable[[], None]) -> None:
    """See whether anything can be written there, before hours of work are done for it."""
    try:
        begin()
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error


@contextmanager
def _said_in_one_sentence(path: Path) -> Iterator[None]:
    """Turn what the system says of a failed write into one sentence with the file's name."""
    try:
        yield
    except OSError as error:
        # Arrow and Lance put what the system said into the middle of what they say themselves.
        rust = _RUST.search(str(error))
        number = error.errno or (int(rust[1]) if rust else 0)
        reason = os.strerror(number) if number else first_line(error)
        raise DataError(f"{path} cannot be written: {reason}") from error


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.{what}")


def _is_empty(folder: Path) -> bool:
    return next(folder.iterdir(), None) is None
