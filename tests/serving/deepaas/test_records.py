"""What is kept beside a training's weights."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from earmark.audio import Skipped
from earmark.errors import DataError
from earmark.serving.deepaas.arguments import TrainArguments
from earmark.serving.deepaas.records import write_records
from earmark.training.settings import TrainSettings
from earmark.training.trained import Outcome, Trained


@pytest.fixture
def trained(tmp_path: Path) -> Trained:
    run = Outcome(
        seed=1,
        iterations=3,
        batch=2,
        seconds=0.5,
        clips_per_second=12.0,
        loss=math.nan,
        best_iteration=None,
        validation=None,
        test=None,
    )
    (tmp_path / "made").mkdir()
    return Trained(tmp_path / "made", TrainSettings(), (run,), None, None, ())


def test_they_are_written(trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("a\n")
    (tmp_path / "other.txt").write_text("mine")
    write_records(
        trained.folder,
        TrainArguments(),
        trained,
        lists=tmp_path,
        notes=["ä"],
        skipped=[Skipped("a.wav", "is no sound")],
    )
    stats = json.loads((trained.folder / "stats" / "stats.json").read_text("utf-8"))
    assert stats["loss"] is None
    assert stats["notes"] == ["ä"]
    assert stats["left_out"] == ["a.wav: is no sound"]
    copies = trained.folder / "dataset_files"
    assert [path.name for path in copies.iterdir()] == ["classes.txt"]


def test_there_is_no_room(trained: Trained, tmp_path: Path) -> None:
    (trained.folder / "stats").write_text("a file")
    with pytest.raises(DataError, match=r"^made is trained, and what it was trained with could"):
        write_records(
            trained.folder, TrainArguments(), trained, lists=tmp_path, notes=[], skipped=[]
        )
