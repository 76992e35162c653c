"""The making of a tagger from beginning to end, so small that it takes seconds.

A dozen recordings of less than a second, a stand-in for the teacher, three steps. The power fails
in the third, and the run goes on from its last checkpoint.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sounds import tone, write_wav
from torch import Tensor

from earmark.classifiers.settings import CompactSettings
from earmark.training.distilling import embedder_run, make, measure
from earmark.training.distilling.corpus import Corpus
from earmark.training.distilling.distil import DistilConfig, Distiller
from earmark.training.distilling.measure import Report
from earmark.training.distilling.recipe import ClassifyConfig, CorpusFolder, Recipe
from earmark.training.distilling.replay import PatchBatch

HELD_OUT = "s14"
"""A source that the md5 of its name keeps out of training."""
STEPS = 3


@dataclass(frozen=True)
class Made:
    """What came of it."""

    recipe: Recipe
    folder: Path
    report: Report
    taken: list[int]
    """The number of every step that was begun, the one in which the power failed among them."""


def run(folder: Path, *, teacher: Path) -> Made:
    """Make a tagger in ``folder``, in two goes."""
    recipe = Recipe(
        name="miniature",
        seed=1,
        teacher=teacher,
        yamnet=folder / "yamnet.tflite",
        corpora=(
            CorpusFolder(folder=_recordings(folder / "recordings"), hold_out=True),
            CorpusFolder(folder=_synthetic(folder / "synthetic"), hold_out=False),
        ),
        workspace=folder / "work",
        workers=0,
        capacity=12,
        warm_up_clips=8,
        fresh_blocks=0.5,
        batch=8,
        distil=DistilConfig(steps=STEPS, warm_up=1),
        classify=ClassifyConfig(clips=12, epochs=2, batch=4, model=CompactSettings(hidden=16)),
    )
    taken: list[int] = []
    step = Distiller.training_step

    def step_without_power(self: Distiller, batch: PatchBatch, index: int) -> Tensor:
        taken.append(self.global_step)
        if len(taken) == STEPS:
            raise RuntimeError("the power failed")
        return step(self, batch, index)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedder_run, "CHECKPOINT_STEPS", 1)
        patch.setattr(Distiller, "training_step", step_without_power)
        patch.setattr(measure, "hear_yamnet", _peer)
        with pytest.raises(RuntimeError, match="the power failed"):
            make.make_tagger(recipe, folder / "tagger")
        report = make.make_tagger(recipe, folder / "tagger")
    return Made(recipe, folder / "tagger", report, taken)


def _peer(corpus: Corpus, path: Path) -> tuple[NDArray[np.float32], list[str]]:
    """A YAMNet that takes everything for a dog."""
    names = ["Crowing, cock-a-doodle-doo", "Dog"]
    return np.tile(np.array([0.1, 0.9], np.float32), (len(corpus), 1)), names


def _recordings(folder: Path) -> Path:
    rows = (
        [("CC0", "s1", "", "")] * 2 + [("CC BY-NC", "s1", "", "")] + [("CC0", HELD_OUT, "", "")] * 3
    )
    for fold in (1, 5):
        rows += [("CC0", "esc50", label, f"esc10+esc50:{fold}") for label in ("Dog", "Rooster")]
    return _body(folder, rows)


def _synthetic(folder: Path) -> Path:
    return _body(folder, [("CC0", HELD_OUT, "", "")])


def _body(folder: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    """Tones of other pitches, the dogs' low and the roosters' high, and a manifest."""
    folder.mkdir(parents=True)
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "licence", "source", "labels", "fold"])
        for index, row in enumerate(rows):
            hz = {"Dog": 300, "Rooster": 2_000}.get(row[2], 500) + 20 * index
            write_wav(folder / f"{index}.wav", tone(hz, 0.4 + index / 20))
            writer.writerow([f"{index}.wav", *row])
    return folder
