"""Whole runs: what comes of them, what is refused, and that they go on where they were stopped."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from safetensors.numpy import load_file
from training.synthetic import some_clips

from earmark.bundle import Bundle
from earmark.errors import DataError, ModelError, UsageError
from earmark.formats import Labels
from earmark.training.data import TrainingData
from earmark.training.fit import fit
from earmark.training.listening import Silent
from earmark.training.settings import TrainSettings
from earmark.training.starting import choice_of

pytestmark = pytest.mark.usefixtures("no_graphs")

DATA = TrainingData(some_clips(60), validation=some_clips(30, seed=1), test=some_clips(25, seed=2))
SMALL: dict[str, Any] = {
    "iterations": 12,
    "batch": 20,
    "log_every": 4,
    "checkpoint_every": 5,
    "classifier": {"kind": "feature_level_attention", "hidden": 16, "n_layers": 1},
    "mixup": {"kind": "beta"},
    "averaging": {"kind": "ema", "decay": 0.8, "every": 2},
    "schedule": {"kind": "one_cycle", "momentum": [0.85, 0.95]},
    "validation": {"every": 6},
    "hardware": {"threads": 1, "precision": "32"},
}


def settings(**changes: Any) -> TrainSettings:
    return TrainSettings.model_validate({**SMALL, **changes})


def weights(folder: Path) -> dict[str, np.ndarray[Any, Any]]:
    return load_file(folder / "model.safetensors")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def same(first: Path, second: Path) -> bool:
    one, other = weights(first), weights(second)
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


class Heard(Silent):
    """A listener that remembers, and does something after a step."""

    def __init__(self, after: Callable[[int], None] = lambda step: None) -> None:
        self.notices: list[str] = []
        self.begun: list[tuple[int, int, int]] = []
        self.steps: list[int] = []
        self.notes: dict[int, dict[str, float]] = {}
        self._after = after

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def began(self, *, step: int, steps: int, batch: int) -> None:
        self.begun.append((step, steps, batch))

    def stepped(self, step: int) -> None:
        self.steps.append(step)
        self._after(step)

    def noted(self, step: int, values: dict[str, float]) -> None:
        self.notes[step] = values


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run from beginning to end, to compare others with."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("earmark.training.run.write_tagger", _keep_weights)
        fit(DATA, settings(), folder)
    return folder


def _keep_weights(trained: Any, classifier: Any, **_: Any) -> None:
    from safetensors.torch import save_file

    state = {f"classifier.{k}": v for k, v in classifier.state_dict().items()}
    floats = {k: v.contiguous() for k, v in state.items() if v.is_floating_point()}
    save_file(floats, trained.folder / "model.safetensors")


def test_a_run_makes_a_tagger(tmp_path: Path, whole: Path) -> None:
    heard = Heard()
    trained = fit(DATA, settings(), tmp_path / "mine", listener=heard)
    bundle = Bundle.find(tmp_path / "mine")
    assert bundle.title == "mine 1"
    assert bundle.labels == DATA.table
    assert not bundle.has_embedder
    assert {path.name for path in bundle.folder.iterdir()} == {
        *("config.json", "labels.csv", "model.safetensors", "README.md"),
        *("settings.yaml", "metrics.json", "log.csv", "logs"),
    }
    assert trained.test is not None
    assert trained.test.mAP > 0.8
    assert trained.test.clips == 25
    metrics = json.loads((bundle.folder / "metrics.json").read_text())
    assert metrics["test"]["mAP"] == trained.test.mAP
    assert metrics["runs"][0]["iterations"] == 12
    kept = yaml.safe_load((bundle.folder / "settings.yaml").read_text())
    assert TrainSettings.model_validate(kept) == settings()
    assert same(bundle.folder, whole)
    assert heard.begun == [(0, 12, 20)]
    assert heard.steps == list(range(1, 13))
    assert sorted(heard.notes) == [4, 6, 8, 12]
    assert {"loss", "lr", "clips_per_second"} <= set(heard.notes[4])
    assert {"mAP", "mAUC", "loss"} <= set(heard.notes[6])


def test_nothing_is_left_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    fit(DATA, settings(iterations=2), Path("../mine"))
    assert list(Path.cwd().iterdir()) == []


class _StoppedError(Exception):
    pass


@pytest.mark.parametrize("at", [3, 5, 6, 7, 11, 12])
def test_a_run_that_broke_off_goes_on_as_if_it_had_not(
    at: int, tmp_path: Path, whole: Path
) -> None:
    def stop(step: int) -> None:
        if step == at:
            raise _StoppedError

    folder = tmp_path / "mine"
    with pytest.raises(_StoppedError):
        fit(DATA, settings(), folder, listener=Heard(stop))
    assert not (folder / "config.json").exists()
    heard = Heard()
    fit(DATA, settings(), folder, listener=heard)
    assert heard.begun == [((at - 1) // 5 * 5, 12, 20)]
    assert same(folder, whole)
    for ours, theirs in zip(rows(folder / "log.csv"), rows(whole / "log.csv"), strict=True):
        for name in ("iteration", "loss", "lr", "mAP"):
            assert ours[name] == theirs[name]


def test_a_run_can_be_stopped_twice(tmp_path: Path, whole: Path) -> None:
    folder = tmp_path / "mine"
    for at in (6, 11):

        def stop(step: int, at: int = at) -> None:
            if step == at:
                raise _StoppedError

        with pytest.raises(_StoppedError):
            fit(DATA, settings(), folder, listener=Heard(stop))
    fit(DATA, settings(), folder)
    assert same(folder, whole)


def test_balanced_sampling_goes_on_too(tmp_path: Path) -> None:
    balanced = settings(sampling={"kind": "balance_in_batch"}, augmentation={"drop": 0.5})

    def stop(step: int) -> None:
        if step == 8:
            raise _StoppedError

    fit(DATA, balanced, tmp_path / "one")
    with pytest.raises(_StoppedError):
        fit(DATA, balanced, tmp_path / "two", listener=Heard(stop))
    fit(DATA, balanced, tmp_path / "two")
    assert same(tmp_path / "one", tmp_path / "two")


def test_ctrl_c_keeps_what_is_done(tmp_path: Path, whole: Path) -> None:
    def press(step: int) -> None:
        if step == 7:
            os.kill(os.getpid(), signal.SIGINT)

    folder = tmp_path / "mine"
    with pytest.raises(KeyboardInterrupt):
        fit(DATA, settings(), folder, listener=Heard(press))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    heard = Heard()
    fit(DATA, settings(), folder, listener=heard)
    assert heard.begun[0][0] in (7, 8)  # the step that was under way came to its end
    assert same(folder, whole)


def test_an_interrupted_run_of_other_settings_is_named(tmp_path: Path) -> None:
    def stop(step: int) -> None:
        raise _StoppedError

    folder = tmp_path / "mine"
    with pytest.raises(_StoppedError):
        fit(DATA, settings(), folder, listener=Heard(stop))
    with pytest.raises(UsageError, match="iterations is 13 and was 12: give the same to go on"):
        fit(DATA, settings(iterations=13), folder)
    with pytest.raises(UsageError, match="the data are others"):
        fit(TrainingData(some_clips(61)), settings(), folder)


def test_a_finished_run_is_not_overwritten(tmp_path: Path) -> None:
    fit(DATA, settings(iterations=2), tmp_path / "mine")
    with pytest.raises(UsageError, match="mine holds a finished tagger, which is not overwritten"):
        fit(DATA, settings(iterations=2), tmp_path / "mine")


def test_several_seeds_make_a_tagger_each_and_one_of_all(tmp_path: Path, whole: Path) -> None:
    def stop(step: int) -> None:
        if len(heard.begun) == 2 and step == 6:
            raise _StoppedError

    heard = Heard(stop)
    folder = tmp_path / "mine"
    with pytest.raises(_StoppedError):
        fit(DATA, settings(seeds=2), folder, listener=heard)
    again = Heard()
    trained = fit(DATA, settings(seeds=2), folder, listener=again)
    assert again.begun == [(5, 12, 20)]  # of the second run; the first was over
    assert [run.seed for run in trained.runs] == [1, 2]
    assert same(folder / "seed-1", whole)
    assert not same(folder / "seed-1", folder / "seed-2")
    assert Bundle.find(folder).config.classifier == "average of 2 feature_level_attention"
    assert {key.split(".")[2] for key in weights(folder)} == {"0", "1"}
    spread = json.loads((folder / "metrics.json").read_text())["spread"]["test mAP"]
    each = [run.test.mAP for run in trained.runs if run.test is not None]
    assert spread["mean"] == pytest.approx(np.mean(each))
    assert spread["deviation"] == pytest.approx(np.std(each, ddof=1))
    with pytest.raises(ModelError, match=r"mine 1 is an average of 2 .* start from one of them"):
        choice_of(str(folder))
    alone = yaml.safe_load((folder / "seed-2" / "settings.yaml").read_text())
    assert TrainSettings.model_validate(alone) == settings(seed=2, sampling={"seed": 1235})


def test_it_stops_when_it_gets_no_better(tmp_path: Path) -> None:
    hopeless = settings(
        iterations=40,
        optimiser={"lr": 1e-9},
        averaging={"kind": "none"},
        validation={"every": 4, "patience": 2, "keep": "best", "least": 0.5, "monitor": "accuracy"},
    )
    heard = Heard()
    trained = fit(DATA, hopeless, tmp_path / "mine", listener=heard)
    assert trained.runs[0].iterations == len(heard.steps) == 12
    assert trained.runs[0].best_iteration == 4


def test_the_best_weights_are_kept(tmp_path: Path) -> None:
    # The rate is so high that the last steps spoil what the first ones learnt.
    wild = settings(
        iterations=12,
        optimiser={"kind": "sgd", "lr": 5.0},
        schedule={"kind": "linear"},
        averaging={"kind": "none"},
        validation={"every": 2, "keep": "best"},
    )
    heard = Heard()
    trained = fit(DATA, wild, tmp_path / "mine", listener=heard)
    measures = {step: values["mAP"] for step, values in heard.notes.items() if "mAP" in values}
    assert trained.validation is not None
    assert trained.validation.mAP == pytest.approx(max(measures.values()))
    assert measures[trained.runs[0].best_iteration or 0] == max(measures.values())


def test_a_run_that_diverges_is_named(tmp_path: Path) -> None:
    wild = settings(
        optimiser={"kind": "sgd", "lr": 10.0},
        classifier={"kind": "logistic", "unit_length": False, "l2_penalty": 1e9},
    )
    with pytest.raises(
        UsageError, match=r"the loss is \w+ after iteration \d+, .* which is 10, or"
    ):
        fit(DATA, wild, tmp_path / "mine")
    assert not (tmp_path / "mine" / "config.json").exists()


def test_halved_digits_learn_too(tmp_path: Path) -> None:
    trained = fit(DATA, settings(hardware={"threads": 1, "precision": "bf16"}), tmp_path / "mine")
    assert trained.test is not None
    assert trained.test.mAP > 0.8
    assert {value.dtype for value in weights(trained.folder).values()} == {np.dtype(np.float32)}


def test_a_share_is_held_out(tmp_path: Path) -> None:
    data = TrainingData(some_clips(50))
    share = settings(iterations=2, validation={"share": 0.2, "every": 1})
    trained = fit(data, share, tmp_path / "mine")
    assert trained.validation is not None
    assert trained.validation.clips == 10


def test_the_classifier_says_how_it_reads_the_eight_bits(tmp_path: Path) -> None:
    other = settings(iterations=2, data={"dequantiser": "youtube8m"})
    trained = fit(DATA, other, tmp_path / "mine")
    assert Bundle.find(trained.folder).config.embedder.dequantiser == "youtube8m"
    assert not same(trained.folder, fit(DATA, settings(iterations=2), tmp_path / "b").folder)


def test_epochs_are_rounds_through_all_clips(tmp_path: Path) -> None:
    changes = {**SMALL, "epochs": 2.5}
    del changes["iterations"]
    trained = fit(DATA, TrainSettings.model_validate(changes), tmp_path / "mine")
    assert trained.runs[0].iterations == 8  # of 20 clips, where 60 are a round


def test_fewer_clips_than_a_batch(tmp_path: Path) -> None:
    trained = fit(TrainingData(some_clips(7)), settings(iterations=2), tmp_path / "mine")
    assert trained.runs[0].batch == 7


@pytest.mark.parametrize("kind", ["logistic", "decision_level_max_pooling"])
def test_exclusive_classes_learn(kind: str, tmp_path: Path) -> None:
    clips = some_clips(100, exclusive=True), some_clips(40, seed=1, exclusive=True)
    data = TrainingData(clips[0], test=clips[1], exclusive=True)
    sizes = {} if kind == "logistic" else {"hidden": 16, "n_layers": 1}
    chosen = settings(
        iterations=60,
        classifier={"kind": kind, **sizes},
        optimiser={"lr": 0.05},
        mixup={"kind": "none"},
    )
    trained = fit(data, chosen, tmp_path / "mine")
    assert trained.test is not None
    assert trained.test.accuracy > 0.9


def test_what_is_wrong_is_named_before_anything_is_written(tmp_path: Path) -> None:
    alone = TrainingData(some_clips(30))
    with pytest.raises(UsageError, match=r"validation.patience needs clips to measure on"):
        fit(alone, settings(validation={"patience": 3}), tmp_path / "mine")
    with pytest.raises(UsageError, match=r"validation.keep best needs clips to measure on"):
        fit(alone, settings(validation={"keep": "best"}), tmp_path / "mine")
    with pytest.raises(ModelError, match="there is no tagger 'nowhere'"):
        fit(alone, settings(start={"folder": "nowhere"}), tmp_path / "mine")
    unlabelled = TrainingData(replace(some_clips(30), labels=Labels.none(30)))
    with pytest.raises(DataError, match="none of the 30 clips to train on has a label"):
        fit(unlabelled, settings(), tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_what_may_be_wrong_is_told_and_stands_in_the_card(tmp_path: Path) -> None:
    few = TrainingData(replace(some_clips(30), labels=Labels.of([[0, 1]] * 30)))
    heard = Heard()
    trained = fit(few, settings(iterations=2), tmp_path / "mine", listener=heard)
    assert heard.notices == list(trained.notices)
    assert "3 of 5 classes ('sound 2', 'sound 3', 'sound 4') have no clip" in heard.notices[0]
    assert heard.notices[0][1:] in (tmp_path / "mine" / "README.md").read_text()


def test_training_goes_on_from_a_tagger(tmp_path: Path) -> None:
    fit(DATA, settings(iterations=30), tmp_path / "old")
    start = {"folder": str(tmp_path / "old"), "rate": 0.0}
    frozen = settings(iterations=3, start=start, averaging={"kind": "none"})
    wider = some_clips(60, classes=7)
    trained = fit(TrainingData(wider), frozen, tmp_path / "new")
    old, new = weights(tmp_path / "old"), weights(trained.folder)
    assert new["classifier.output.weight"].shape[0] == 7
    for name in ("layers.0.linear.weight", "value.weight"):
        np.testing.assert_array_equal(new[f"classifier.{name}"], old[f"classifier.{name}"])


def test_seeds_give_other_weights(tmp_path: Path, whole: Path) -> None:
    fit(DATA, settings(seed=2), tmp_path / "mine")
    assert not same(tmp_path / "mine", whole)
