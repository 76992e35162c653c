"""A training that was killed, and what the same command makes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from training.killed import train

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
@pytest.mark.usefixtures("no_graphs")
def test_after_kill_9_the_result_is_the_same_bit_for_bit(tmp_path: Path) -> None:
    train(tmp_path / "whole")
    script = [sys.executable, str(TESTS / "training" / "killed.py"), str(tmp_path / "killed"), "19"]
    paths = os.pathsep.join([str(TESTS), *sys.path])
    done = subprocess.run(script, env={**os.environ, "PYTHONPATH": paths}, check=False)
    assert done.returncode == -signal.SIGKILL
    left = {path.name for path in (tmp_path / "killed").iterdir()}
    assert left == {"run.json", ".lock", "checkpoints", "log.csv", "logs"}
    train(tmp_path / "killed")
    whole, killed = ((tmp_path / name / "model.safetensors") for name in ("whole", "killed"))
    assert whole.read_bytes() == killed.read_bytes()
    names = [sorted(path.name for path in part.parent.iterdir()) for part in (whole, killed)]
    assert names[0] == names[1]
