"""`earmark train` on embedding sets, as it is typed; `test_own_sounds` has recordings."""

from __future__ import annotations

import json
import os
import signal
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
import without_graphs
import yaml
from cli.conftest import Program
from training.synthetic import some_clips

from earmark.bundle import Bundle
from earmark.cli.training import Screen
from earmark.formats import write
from earmark.training.settings import TrainSettings

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = (
    *("--iterations", "6", "--batch", "20", "--jobs", "1", "--precision", "32"),
    *("--kind", "feature_level_attention"),
    *("--set", "classifier.hidden=8", "--set", "classifier.n_layers=1"),
)


@pytest.fixture
def no_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("earmark.training.result.export_tagger", without_graphs.export)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two embedding sets, and both in an archive like AudioSet's."""
    monkeypatch.chdir(tmp_path)
    for split, clips in {"bal_train": some_clips(40), "eval": some_clips(20, seed=1)}.items():
        write(f"{split}.npz", clips)
        folder = Path("audioset_v1_embeddings", split)
        folder.mkdir(parents=True)
        write(folder / "00.tfrecord", clips)
    with tarfile.open("features.tar.gz", "w:gz") as archive:
        archive.add("audioset_v1_embeddings")
    return tmp_path


def test_what_is_trained_is_what_evaluate_measures(here: Path, earmark: Program) -> None:
    done = earmark("train", "-d", "bal_train.npz", "--test", "eval.npz", "-o", "mine", *SMALL)
    assert (done.code, done.out) == (0, "")
    assert "6 iterations of 20 clips in" in done.err
    assert "wrote mine: see its README.md" in done.err
    assert Bundle.find("./mine").title == "mine 1"
    measured = earmark("evaluate", "./mine", "--data", "eval.npz", "--format", "json")
    assert measured.code == 0, measured.err
    found = json.loads(measured.out)
    trained = json.loads(Path("mine/metrics.json").read_text())["test"]
    assert found["mAP"] == pytest.approx(trained["mAP"], abs=1e-6)
    assert found["mAUC"] == pytest.approx(trained["mAUC"], abs=1e-6)
    assert {path.name for path in here.iterdir()} == {
        *("audioset_v1_embeddings", "features.tar.gz", "bal_train.npz", "eval.npz", "mine"),
    }


@pytest.mark.usefixtures("no_graphs")
def test_a_recipe_and_an_archive(here: Path, earmark: Program) -> None:
    recipe = {
        "data": {"split": "bal_train", "test": "eval"},
        "iterations": 4,
        "batch": 10,
        "classifier": {"kind": "feature_level_attention", "hidden": 8, "n_layers": 1},
        "validation": {"share": 0.25, "every": 2},
        "hardware": {"threads": 1},
    }
    Path("recipe.yaml").write_text(yaml.safe_dump(recipe))
    typed = ("--recipe", "recipe.yaml", "--data", "features.tar.gz", "--output", "mine")
    done = earmark("train", *typed, "--iterations", "2", "--seed", "7", "--version", "3")
    assert done.code == 0, done.err
    assert "iteration 2 of 2: loss" in done.err
    assert "validation, 10 clips: mAP" in done.err
    assert "test, 527" not in done.err
    kept = TrainSettings.model_validate(yaml.safe_load(Path("mine/settings.yaml").read_text()))
    assert (kept.iterations, kept.seed, kept.data.split) == (2, 7, "bal_train")
    assert (
        "Embeddings in `features.tar.gz`, split `bal_train`" in Path("mine/README.md").read_text()
    )
    assert Bundle.find("./mine").title == "mine 3"


@pytest.mark.usefixtures("no_graphs")
def test_going_on_from_a_tagger_takes_its_kind(here: Path, earmark: Program) -> None:
    assert earmark("train", "-d", "bal_train.npz", "-o", "old", *SMALL).code == 0
    few = ("-n", "2", "-b", "10", "-j", "1")
    done = earmark("train", "-d", "eval.npz", "--start", "./old", "-o", "new", *few)
    assert done.code == 0, done.err
    sizes = json.loads(Path("new/config.json").read_text())["classifier"]
    assert (sizes["kind"], sizes["settings"]["hidden"]) == ("feature_level_attention", 8)


@pytest.mark.usefixtures("no_graphs")
def test_kongs_layout_by_name(here: Path, earmark: Program) -> None:
    done = earmark("train", "-d", "bal_train.npz", "-o", "w", "--layout", "kong", *SMALL)
    assert done.code == 0, done.err
    inner = "models/main/balance_type=no_balance/model_type=feature_level_attention"
    assert f"wrote w/{inner}" in done.err
    assert Bundle.find(f"w/{inner}").title == "w 1"


def test_settings_are_shown_and_nothing_is_done(here: Path, earmark: Program) -> None:
    done = earmark("train", "-d", "bal_train.npz", "--dry-run", *SMALL, "--sampling", "no_balance")
    assert done.code == 0, done.err
    shown = TrainSettings.model_validate(yaml.safe_load(done.out))
    assert (shown.iterations, shown.classifier.sizes) == (6, {"hidden": 8, "n_layers": 1})
    assert not Path("mine").exists()


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        (["-d", "bal_train.npz"], 2, "--output is missing: say which folder the tagger is to be"),
        (["-o", "mine"], 2, "missing option '--data'"),
        (["-d", "nowhere.h5", "-o", "mine"], 1, "nowhere.h5 does not exist: check the name"),
        (["-d", "bal_train.npz", "-o", "eval.npz"], 2, "eval.npz is a file, and a tagger is a"),
        (
            ["-d", "bal_train.npz", "-o", "."],
            2,
            "which is not overwritten: choose another",
        ),
        (["-d", "bal_train.npz", "-o", "mine", "-k", "lstmm"], 2, "lstmm is no kind of classifier"),
        (["-d", "bal_train.npz", "-o", "mine", "--lr", "-1"], 2, "optimiser.lr is -1.0: it should"),
        (["-d", "bal_train.npz", "-o", "mine", "-s", "x=1"], 2, "there is no setting x"),
        (["-d", "bal_train.npz", "-o", "mine", "-r", "no.yaml"], 2, "--recipe no.yaml cannot be"),
        (
            ["-d", "bal_train.npz", "-o", "mine", "--split", "x"],
            2,
            "has no split 'x': only folders",
        ),
        (["-d", "features.tar.gz", "-o", "mine", "--split", "x"], 1, "has no folder 'x', but"),
        (["-d", "bal_train.npz", "-o", "m", "--start", "no"], 1, "there is no tagger 'no'"),
        (["-d", "bal_train.npz", "-o", "m", "--embedder", "compact"], 1, "belongs to embedder"),
        (["-d", "bal_train.npz", "-o", "m", "--exclusive"], 1, "has several labels, where each is"),
        (["-d", "bal_train.npz", "-o", "m", "-s", "validation.patience=2"], 2, "needs clips to"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    typed: list[str], code: int, said: str, here: Path, earmark: Program
) -> None:
    done = earmark("train", *typed)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert done.err.startswith("earmark: ")
    assert done.err.count("\n") == 1
    assert not Path("mine").exists()


@pytest.mark.usefixtures("no_graphs")
def test_damaged_records_are_left_out_and_named(here: Path, earmark: Program) -> None:
    path = Path("audioset_v1_embeddings/bal_train/00.tfrecord")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    done = earmark("train", "-d", "audioset_v1_embeddings/bal_train", "-o", "mine", *SMALL)
    assert done.code == 1
    assert "damaged and left out: audioset_v1_embeddings/bal_train/00.tfrecord at byte" in done.err
    assert Bundle.find("./mine").title == "mine 1"


@pytest.mark.usefixtures("no_graphs")
def test_ctrl_c_says_how_to_go_on(
    here: Path, earmark: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    stepped = Screen.stepped

    def press(screen: Screen, step: int) -> None:
        stepped(screen, step)
        if step == 3:
            os.kill(os.getpid(), signal.SIGINT)

    typed = ("train", "-d", "bal_train.npz", "-o", "mine", *SMALL)
    with monkeypatch.context() as patch:
        patch.setattr(Screen, "stepped", press)
        done = earmark(*typed)
    assert done.code == 130
    assert "interrupted after iteration" in done.err
    assert "give the same command to go on from there" in done.err
    again = earmark(*typed)
    assert again.code == 0, again.err
    assert "goes on after iteration" in again.err
    quiet = earmark("train", "-d", "bal_train.npz", "-o", "other", *SMALL, "--quiet")
    assert (quiet.code, quiet.err) == (0, "")
    for name in ("model.safetensors", "config.json"):
        ours, theirs = (Path(folder, name).read_bytes() for folder in ("mine", "other"))
        assert ours.replace(b"mine", b"") == theirs.replace(b"other", b"")


def test_a_run_broken_off_before_its_first_step(
    here: Path, earmark: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("earmark.training.reading.read_sets", press)
    done = earmark("train", "-d", "bal_train.npz", "-o", "mine", *SMALL)
    assert done.code == 130
    assert done.err == "interrupted before the first iteration; mine was not written\n"


class _Terminal:
    """A terminal that keeps what it is told."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def test_the_line_at_the_foot_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    now = [time.monotonic() + 10]
    screen = Screen(runs=2)
    screen._line._clock = lambda: now[0]
    screen.began(step=0, steps=100, batch=50)
    for step in range(1, 26):
        now[0] += 1.0
        screen.stepped(step)
        if step == 10:
            screen.noted(step, {"loss": 0.0123456, "clips_per_second": 812.3})
    last = terminal.text.rpartition("\x1b[2K")[2]
    assert last.startswith("━━━━━━──────────────────   25 of 100   812 clips/s")
    assert "loss 0.01235" in last
    assert len(last) < 80
    screen.noted(25, {"loss": 0.01, "mAP": 0.25, "mAUC": 0.9})
    assert "iteration 25 of 100: loss 0.01, mAP 0.2500, mAUC 0.9000\n" in terminal.text
