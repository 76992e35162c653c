"""The benchmark of evaluation, at a small size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import evaluation
from benchmarks.evaluation import Drawn


def test_both_agree_and_a_disagreement_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Drawn.of(60, 5)
    evaluation.compare(drawn)
    monkeypatch.setattr(Drawn, "lwlrap", lambda self: 0.5)
    with pytest.raises(SystemExit, match=r"lwlrap is 0\.\d+ here and 0\.5 in scikit-learn"):
        evaluation.compare(drawn)


def test_labels_are_as_many_as_audiosets() -> None:
    assert Drawn.of(2000, 527).truth.sum(axis=1).mean() == pytest.approx(2.54, abs=0.2)
    assert Drawn.of(10, 20).scores.dtype == np.float32


def test_times_are_set_beside_the_first() -> None:
    rows = evaluation.table({"ours": [0.5, 0.5], "theirs": [5.0, 6.0]}).splitlines()
    assert rows[2].split("|")[1:4] == [" ours   ", "    0.50 ", "         1.0x "]
    assert rows[3].split("|")[2:4] == ["    5.50 ", "        11.0x "]


def test_it_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.evaluation", "--clips", "50", "--classes", "4"]
    done = subprocess.run([*command, "--rounds", "1"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("50 clips, 4 classes; ")
    assert done.stdout.count("| earmark: ") == 2
