"""``earmark models import``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from importing.keras_layout import write_weights
from vggish_weights import narrow

from .conftest import Program


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    """A classifier of three classes, as Keras saves one."""
    return write_weights(tmp_path / "classifier.h5")


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text("index,id,name\n0,a,A\n1,b,B\n2,c,C\n", encoding="utf-8")
    return path


def test_a_classifier_becomes_a_folder(
    earmark: Program, classifier: Path, labels: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    command = ["models", "import", classifier, "--labels", labels, "--name", "mine", "-o", folder]
    outcome = earmark(*command)
    assert outcome.code == 0
    assert outcome.out == ""
    assert outcome.err == f"{folder} is mine 1: see `earmark models show {folder}`\n"
    shown = [json.loads(line) for line in earmark("models", "show", folder).out.splitlines()]
    facts = {row["fact"]: row["value"] for row in shown}
    assert facts["networks"] == "classifier"
    assert facts["labels"] == "3"
    assert facts["pca"] == '"audioset"'
    again = earmark(*command)
    assert again.code == 2
    assert again.err.endswith(
        "mine is not empty: choose another folder, or --force to replace it\n"
    )
    assert earmark(*command, "--force", "--version", "2").code == 0
    assert "mine 2" in earmark("models", "show", folder, "--card").out


def test_weights_of_another_size(earmark: Program, tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, **{name: value.numpy() for name, value in narrow().state_dict().items()})
    outcome = earmark("models", "import", path, "-o", tmp_path / "made")
    assert outcome.code == 1
    assert outcome.err == (
        f"earmark: {path}: features.0.weight has shape [4, 1, 3, 3], and VGGish's has "
        "[64, 1, 3, 3]\n"
    )
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ([], "a tagger is made of VGGish's weights (a TensorFlow checkpoint, .pth or .npz)"),
        (["a.txt"], "a.txt: its name does not say what it is"),
        (["a.pth", "--kind", "magic"], "--kind magic is none of decision_level_max_pooling"),
        (["a.pth", "b.pth"], "a.pth and b.pth are both weights of VGGish: give one"),
    ],
)
def test_usage_that_makes_no_sense(earmark: Program, command: list[str], message: str) -> None:
    outcome = earmark("models", "import", *command, "-o", "made")
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("name", ["a.pth", "a.npz", "a.ckpt", "a.h5", "a.keras"])
def test_files_that_are_not_there(earmark: Program, tmp_path: Path, name: str) -> None:
    outcome = earmark("models", "import", tmp_path / name, "-o", tmp_path / "made")
    assert outcome.code == 1
    assert name in outcome.err
    assert outcome.err.count("\n") == 1


def test_without_tensorflow(
    earmark: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)  # which makes its import fail
    path = tmp_path / "vggish_model.ckpt"
    path.touch()
    outcome = earmark("models", "import", path, "-o", tmp_path / "made")
    assert outcome.code == 1
    assert outcome.err == (
        f"earmark: {path} is a checkpoint of TensorFlow, and only TensorFlow reads those: "
        "pip install 'earmark[tensorflow]', which is needed for this step alone\n"
    )


def test_without_pytorch() -> None:
    program = (
        "import sys; sys.modules['torch'] = None; from earmark.cli.main import run; "
        "sys.exit(run(['models', 'import', 'a.pth', '-o', 'made']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 2
    assert done.stderr == "earmark: models import needs torch: pip install 'earmark[train]'\n"
