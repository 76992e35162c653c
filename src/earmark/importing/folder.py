"""A tagger's folder that appears when it is complete, and not before."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from earmark.bundle import Bundle
from earmark.errors import ModelError, UsageError

__all__ = ["check_target", "made_whole"]

_OURS = frozenset(
    {
        "README.md",
        "classifier.onnx",
        "clip_classifier.onnx",
        "config.json",
        "embedder.int8.onnx",
        "embedder.int8.safetensors",
        "embedder.kernels.safetensors",
        "embedder.onnx",
        "labels.csv",
        "model.safetensors",
    }
)


def check_target(folder: Path, *, force: bool) -> None:
    """Refuse a folder that something is in.

    Parameters
    ----------
    folder : Path
        Where a tagger is to be written.
    force : bool
        Whether it may take the place of another tagger.

    Raises
    ------
    UsageError
        If something is there, and it may not be replaced or is no tagger.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file, and a tagger is a folder: choose another name")
    there = sorted(path.name for path in folder.iterdir())
    if not there:
        return
    if not force:
        raise UsageError(f"{folder} is not empty: choose another folder, or --force to replace it")
    strangers = [name for name in there if name not in _OURS]
    if strangers or not _is_tagger(folder):
        what = f"it holds {strangers[0]}" if strangers else "it is none"
        raise UsageError(f"{folder} is replaced only if it is a tagger's folder, and {what}")


@contextmanager
def made_whole(folder: Path, *, force: bool = False) -> Iterator[Path]:
    """Hand out a folder to write into, and put it in its place if that went well.

    Raises
    ------
    UsageError
        As `check_target`, or if nothing can be written there.
    """
    check_target(folder, force=force)
    target = Path(os.path.realpath(folder))
    part, old = (target.with_name(f".{target.name}.{os.getpid()}.{end}") for end in ("part", "old"))
    try:
        part.mkdir(parents=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from error
    try:
        yield part
        if target.exists():
            target.rename(old)
        part.rename(target)
    except OSError as error:
        if old.exists() and not target.exists():
            old.rename(target)
        raise ModelError(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        for leftover in (part, old):
            shutil.rmtree(leftover, ignore_errors=True)


def _is_tagger(folder: Path) -> bool:
    try:
        Bundle.read(folder)
    except ModelError:
        return False
    return True
