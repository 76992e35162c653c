"""The recipe for AudioSet's balanced set, run for real, but short: some of its steps, smaller."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "recipes" / "audioset-balanced.yaml"
SMALLER = (
    "classifier.networks=2",
    "classifier.hidden=512",
    "classifier.patch_hidden=128",
    "schedule.peak=0.2",
)
BAR = 0.22
"""Mean average precision; the whole recipe's is in docs/results.md."""


def earmark(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "earmark", *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout


def test_a_short_run_is_on_its_way(shared_data: Path, tmp_path: Path) -> None:
    archive, folder = str(shared_data / "audioset" / "features.tar.gz"), str(tmp_path / "short")
    settings = [part for each in SMALLER for part in ("--set", each)]
    train = ["train", "--recipe", str(RECIPE), "--data", archive, "--output", folder, "--quiet"]
    earmark(*train, "--iterations", "150", *settings)
    found = json.loads(
        earmark("evaluate", folder, "--data", archive, "--split", "eval", "--format", "json")
    )
    assert (found["n_clips"], found["n_classes"]) == (20_371, 527)
    assert found["mAP"] > BAR
    assert found["mAUC"] > 0.93
