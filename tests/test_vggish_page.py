"""The commands of docs/vggish.md, with a small network in place of Google's.

They run in this process, because that is where the network can be made small. The checkpoint's
place is taken by an ``.npz`` of the same arrays; that TensorFlow's are read is tested elsewhere.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from importing import keras_layout
from test_readme import ROOT, SKIPPED, blocks, commands
from vggish_weights import HIDDEN, NARROW, narrow

from earmark.cli.main import run
from earmark.embedders.identity import AUDIOSET
from earmark.embedders.vggish import VggishConfig
from earmark.formats import EmbeddingSet, Labels, write
from earmark.importing import make
from earmark.importing.arrays import read_npz

PAGE = ROOT / "docs" / "vggish.md"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all the files that the page speaks of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(make, "GOOGLES", VggishConfig(widths=NARROW, hidden=HIDDEN))
    monkeypatch.setattr(make, "read_checkpoint", read_npz)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    state = narrow().state_dict()
    arrays: dict[str, Any] = {name: value.numpy() for name, value in state.items()}
    for name in ("vggish_model.ckpt", "weights.npz"):
        with Path(name).open("wb") as file:
            np.savez(file, **arrays)
    torch.save(state, "vggish.pth")
    np.savez("vggish_pca_params.npz", pca_eigen_vectors=np.eye(128), pca_means=np.zeros(128))
    keras_layout.write_weights(Path("mine.h5"))
    Path("mine.csv").write_text("index,id,name\n0,a,A\n1,b,B\n2,c,C\n", encoding="utf-8")
    monkeypatch.setattr(keras_layout, "CLASSES", 527)
    keras_layout.write_weights(Path("classifier_model.h5"))
    Path("bal_train").mkdir()
    write(Path("bal_train/00.tfrecord"), [embeddings()])
    return tmp_path


def embeddings() -> EmbeddingSet:
    """A clip of five patches."""
    frames = np.zeros((1, 10, 128), np.uint8)
    frames[:, :5] = 7
    return EmbeddingSet(
        frames=frames,
        lengths=np.array([5], np.uint8),
        ids=("clip",),
        starts=np.array([0.0]),
        ends=np.array([5.0]),
        labels=Labels.of([[3]]),
        table=(),
        identity=AUDIOSET,
    )


def test_every_command_runs(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shown = PAGE.read_text(encoding="utf-8")
    page = "\n".join(line for line in shown.splitlines() if not SKIPPED.fullmatch(line.strip()))
    typed = [command for block in blocks(page) for command in commands(block.text)]
    assert len(typed) >= 10
    for command in typed:
        program, *arguments = shlex.split(command)
        assert program == "earmark"
        assert run(arguments) == 0, f"{command}\n{capfd.readouterr().err}"
    assert (here / "bal_train.h5").is_file()
