"""DEEP-OC's project folder with two classes of tones; and what DEEPaaS makes of an upload."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from training.sounds.making import recording

CLASSES = {"low": 300, "high": 3000}
EACH = 4


@dataclass(frozen=True)
class Project:
    """Where things are."""

    base: Path

    @property
    def lists(self) -> Path:
        return self.base / "data" / "dataset_files"

    @property
    def audios(self) -> Path:
        return self.base / "data" / "audios"

    @property
    def models(self) -> Path:
        return self.base / "models"


class Upload(NamedTuple):
    """As DEEPaaS's own."""

    filename: str
    original_filename: str | None = None


def make_project(base: Path) -> Project:
    """Write recordings and lists: three of each class to learn from, one to check on."""
    project = Project(base)
    project.lists.mkdir(parents=True)
    train: list[str] = []
    validation: list[str] = []
    for label, (name, hertz) in enumerate(CLASSES.items()):
        for number in range(EACH):
            file = f"{name} {number}.wav"
            recording(project.audios / file, hertz=hertz, seconds=1.2, seed=number)
            (validation if number == EACH - 1 else train).append(f"{file} {label}\n")
    (project.lists / "classes.txt").write_text("\n".join(CLASSES))
    (project.lists / "info.txt").write_text("a low tone\na high tone\n")
    (project.lists / "train.txt").write_text("".join(train))
    (project.lists / "val.txt").write_text("".join(validation))
    return project


def uploaded(path: Path, *, name: str | None = None) -> Upload:
    """Copy a file to where DEEPaaS puts what it takes, under such a name."""
    made = Path(tempfile.mkstemp()[1])
    shutil.copyfile(path, made)
    return Upload(str(made), path.name if name is None else name)
