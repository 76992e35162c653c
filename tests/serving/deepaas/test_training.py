"""Trainings: what comes of them, what they leave as it is, what they refuse."""

from __future__ import annotations

import json
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serving.deepaas.project import Project, make_project, uploaded
from training.sounds.making import state_of

from earmark.bundle import Bundle
from earmark.errors import DataError, EarmarkError, UsageError
from earmark.serving.deepaas import training
from earmark.serving.deepaas.predicting import predict
from earmark.serving.deepaas.settings import DeepaasSettings
from earmark.serving.deepaas.training import train

pytestmark = pytest.mark.usefixtures("one_thread")
QUICK: dict[str, str] = {"epochs": "20", "mode": '"fast"', "initial_lr": "0.01"}


@pytest.fixture
def settings(project: Project) -> DeepaasSettings:
    """A module with the tagger that training can go on from."""
    return DeepaasSettings(folder=project.base)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which one training follows another."""
    return make_project(tmp_path_factory.mktemp("shared") / "project")


@pytest.fixture(scope="module")
def first(shared: Project, one_thread: None) -> Path:
    """What its first training gave."""
    before = state_of(shared.base / "data")
    folder = trained(DeepaasSettings(folder=shared.base))
    assert state_of(shared.base / "data") == before  # DEEP-OC wrote over the recordings
    return folder


def trained(settings: DeepaasSettings, **given: Any) -> Path:
    (name,) = train({**QUICK, **given}, settings=settings).values()
    return settings.base / "models" / name


def test_from_lists_to_a_tagger(first: Path, shared: Project) -> None:
    assert [label.name for label in Bundle.read(first).labels] == ["low", "high"]
    conf = json.loads((first / "conf" / "conf.json").read_text())
    assert conf["training"]["epochs"] == 20
    assert "  mode                 fast\n" in (first / "conf" / "conf.txt").read_text()
    stats = json.loads((first / "stats" / "stats.json").read_text())
    assert stats["validation"]["accuracy"] == 1
    assert stats["validation"]["clips"] == 2
    assert stats["left_out"] == []
    assert sorted(path.name for path in (first / "dataset_files").iterdir()) == [
        "classes.txt",
        "info.txt",
        "train.txt",
        "val.txt",
    ]
    upload = uploaded(shared.audios / "high 3.wav")
    found: Any = predict({"data": upload}, settings=DeepaasSettings(folder=shared.base))
    assert found[0]["labels"] == ["high", "low"]
    assert found[0]["labels_info"] == ["a high tone", "a low tone"]


def test_another_does_not_touch_the_first(first: Path, shared: Project) -> None:
    (shared.audios / "low 0.wav").write_text("no sound")
    before = state_of(first)
    settings = DeepaasSettings(folder=shared.base)
    second = trained(settings, epochs="1", use_validation="false")
    assert second.name > first.name
    assert state_of(first) == before
    stats = json.loads((second / "stats" / "stats.json").read_text())
    assert stats["left_out"] == ["low 0.wav: is text, not sound"]
    assert stats["validation"] is None


def test_blocks_of_embeddings(project: Project, settings: DeepaasSettings) -> None:
    rng = np.random.default_rng(1)
    lines = []
    for label in (0, 1):
        for number in range(3):
            path = project.base / "data" / "embeddings" / f"{label} {number}-0.npy"
            path.parent.mkdir(exist_ok=True)
            values = rng.integers(128 * label, 128 * label + 128, (1, 10, 128))
            np.save(path, ((values - 128) / 128).astype(np.float32))
            lines.append(f"{path.name} {label}\n")
    (project.lists / "train.txt").write_text("".join(lines))
    (project.lists / "val.txt").unlink()
    folder = trained(
        settings, epochs="2", compute_embeddings="false", dataset_directory='"data/embeddings"'
    )
    bundle = Bundle.read(folder)
    assert bundle.config.embedder.name == "vggish"
    assert not bundle.has_embedder
    with pytest.raises(UsageError, match=r"takes no recordings: it learnt from blocks"):
        predict({"data": uploaded(path), "timestamp": folder.name}, settings=settings)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"num_classes": "3"}, r"^num_classes is 3 and classes.txt names 2: make them the same"),
        ({"base_directory": '".."'}, r"^base_directory '\.\.' is not in the service's folder"),
        ({"dataset_directory": '"/etc"'}, r"^dataset_directory '/etc' is not in the service's"),
        ({"dataset_directory": '"data/no"'}, r"^dataset_directory 'data/no' is no folder"),
        ({"base_directory": '"data"'}, r"^dataset_directory 'data/audios' is no folder"),
        ({"compute_embeddings": "false"}, r"^compute_embeddings is false, and the lists name rec"),
        ({"use_remote": "true"}, r"^use_remote is true"),
        ({"mode": "slow"}, r'^mode is "slow"'),
        (
            {"use_early_stopping": "true", "use_validation": "false"},
            r"^use_early_stopping is true, and there is nothing to measure on",
        ),
    ],
)
def test_what_is_refused(
    given: dict[str, str], message: str, project: Project, settings: DeepaasSettings
) -> None:
    with pytest.raises(EarmarkError, match=message):
        train({**QUICK, **given}, settings=settings)
    assert not project.models.exists()


def test_two_in_one_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Clock:
            return cls(2026, 12, 31, 23, 59, 59)

    monkeypatch.setattr(training, "datetime", Clock)
    names = [training._taken(tmp_path / "models").name for _ in range(3)]
    assert names == ["2026-12-31_235959", "2027-01-01_000000", "2027-01-01_000001"]


def test_no_lists(project: Project, settings: DeepaasSettings) -> None:
    (project.lists / "train.txt").unlink()
    with pytest.raises(UsageError, match=r"^data/dataset_files/train.txt is missing in base_dir"):
        train(QUICK, settings=settings)


def test_no_room_for_models(project: Project, settings: DeepaasSettings) -> None:
    project.models.write_text("a file")
    with pytest.raises(DataError, match=r"^the folder for models cannot be written: File exists"):
        train(QUICK, settings=settings)
