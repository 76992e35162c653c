"""What DEEP-OC keeps beside a training's weights: its arguments, its measures, its lists."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earmark.audio import Skipped
from earmark.errors import DataError
from earmark.serving.deepaas.arguments import TrainArguments, grouped

if TYPE_CHECKING:
    from earmark.training.trained import Trained

__all__ = ["write_records"]

_LISTS = ("classes.txt", "train.txt", "val.txt", "test.txt", "info.txt")


def write_records(
    folder: Path,
    arguments: TrainArguments,
    trained: Trained,
    *,
    lists: Path,
    notes: Sequence[str],
    skipped: Sequence[Skipped],
) -> None:
    """Write ``conf``, ``stats`` and ``dataset_files`` into a result's folder.

    Raises
    ------
    DataError
        If they cannot be written.
    """
    conf = grouped(arguments)
    stats = _stats(trained, notes, skipped)
    try:
        for name in ("conf", "stats", "dataset_files"):
            (folder / name).mkdir(exist_ok=True)
        _write(folder / "conf" / "conf.json", json.dumps(conf, indent=2))
        _write(folder / "conf" / "conf.txt", _text(conf))
        _write(folder / "stats" / "stats.json", json.dumps(stats, indent=2, ensure_ascii=False))
        for name in _LISTS:
            if (lists / name).is_file():
                shutil.copyfile(lists / name, folder / "dataset_files" / name)
    except OSError as error:
        raise DataError(
            f"{folder.name} is trained, and what it was trained with could not be written: "
            f"{error.strerror or error}"
        ) from error


def _stats(trained: Trained, notes: Sequence[str], skipped: Sequence[Skipped]) -> dict[str, Any]:
    (run,) = trained.runs
    found = {"notes": list(notes), "left_out": [str(each) for each in skipped], **asdict(run)}
    return {name: _finite(value) for name, value in found.items()}


def _finite(value: Any) -> Any:
    """What JSON cannot say, as a number that is none, is null there."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(conf: dict[str, dict[str, Any]]) -> str:
    """Write arguments to be read: a group, and below it what is in it."""
    return "\n".join(
        "\n".join([group, *(f"  {name:<20} {value}" for name, value in values.items())])
        for group, values in conf.items()
    )


def _write(path: Path, text: str) -> None:
    path.write_text(f"{text}\n", encoding="utf-8")
