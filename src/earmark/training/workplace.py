"""The folder of a run: begun, gone on with, and finished once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from earmark.errors import DataError, UsageError
from earmark.training.settings import TrainSettings

__all__ = ["Workplace", "refuse"]

_NOTE = "run.json"
_HARMLESS = {"name", "version", "licence", "checkpoint_every", "log_every"}
"""Settings that an interrupted run may have had otherwise."""


class Workplace:
    """The folder that a run writes to.

    Parameters
    ----------
    folder : Path
        It may be missing or empty, or hold a run that was interrupted.
    settings : TrainSettings
    data : str
        The fingerprint of the data.

    Raises
    ------
    UsageError
        If the folder holds anything else: a finished tagger, another run, files of the user's.
    """

    def __init__(self, folder: Path, *, settings: TrainSettings, data: str) -> None:
        refuse(folder)
        self.folder = folder
        self._note = {"settings": settings.model_dump(mode="json"), "data": data}
        self._check()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Work in the folder, which no other process does meanwhile.

        Raises
        ------
        UsageError
            If one does, or nothing can be written there.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / ".lock").open("w")
        except OSError as error:
            raise self._unwritable(error) from error
        with lock:
            _lock(lock.fileno(), self.folder)
            self._check()  # once more, as another may have been at work until now
            if not (self.folder / _NOTE).exists():
                self._write_note()
            yield
            (self.folder / ".lock").unlink(missing_ok=True)

    def finish(self) -> None:
        """Remove what only an unfinished run needs."""
        (self.folder / _NOTE).unlink(missing_ok=True)

    def _write_note(self) -> None:
        part = self.folder / f".{_NOTE}.part"
        try:
            part.write_text(json.dumps(self._note, indent=2) + "\n")
            part.replace(self.folder / _NOTE)
        except OSError as error:
            raise self._unwritable(error) from error

    def _check(self) -> None:
        refuse(self.folder)
        if (self.folder / _NOTE).exists():
            self._compare(self.folder / _NOTE)

    def _compare(self, path: Path) -> None:
        """Refuse to go on with a run of other settings or data."""
        try:
            note = json.loads(path.read_text())
            settings, data = note["settings"], note["data"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{path} is damaged: choose another --output, or remove {self.folder}"
            ) from error
        end = f"give the same to go on with the run in {self.folder}, or choose another --output"
        ours, theirs = _flat(self._note["settings"]), _flat(settings)
        for name in [*ours, *theirs]:
            if ours.get(name) != theirs.get(name) and name not in _HARMLESS:
                raise UsageError(f"{name} is {ours.get(name)} and was {theirs.get(name)}: {end}")
        if data != self._note["data"]:
            raise UsageError(f"the data are others than those of the interrupted run: {end}")

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(f"{self.folder} cannot be written: {error.strerror or error}")


def refuse(folder: Path) -> None:
    """Refuse a folder that holds what no run may touch, before anything is done for it.

    Raises
    ------
    UsageError
        If it holds anything but a run that was interrupted.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file, and a tagger is a folder: choose another name")
    ours = (".lock", f".{_NOTE}.part")
    there = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    if there and _NOTE not in there:
        what = "a finished tagger" if "config.json" in there else f"{there[0]!r}"
        raise UsageError(
            f"{folder} holds {what}, which is not overwritten: choose another --output"
        )


def _flat(settings: Any, prefix: str = "") -> dict[str, Any]:
    """Settings by their whole names, as ``optimiser.lr``."""
    if not isinstance(settings, dict):
        return {prefix: settings}
    found: dict[str, Any] = {}
    for name, value in settings.items():
        found |= _flat(value, f"{prefix}.{name}" if prefix else name)
    return found


def _lock(file: int, folder: Path) -> None:
    """Take hold of the folder until the process ends or lets go of it, however it ends."""
    if os.name != "posix":
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise UsageError(
            f"another process trains in {folder}: wait for it, or choose another --output"
        ) from error
