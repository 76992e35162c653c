"""The seeds' layout: where each file is, and that it holds what it is named after."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from training.synthetic import some_clips

from earmark.bundle import Bundle
from earmark.evaluation.metrics import average_precision
from earmark.evaluation.statistics import ScoreStatistics
from earmark.training.data import TrainingData
from earmark.training.fit import fit
from earmark.training.settings import TrainSettings

pytestmark = pytest.mark.usefixtures("no_graphs")

VALIDATION = some_clips(20, seed=1)
SETTINGS = TrainSettings.model_validate(
    {
        "iterations": 6,
        "batch": 20,
        "classifier": {"kind": "feature_level_attention", "hidden": 8, "n_layers": 1},
        "sampling": {"kind": "balance_in_batch"},
        "validation": {"every": 4},
        "hardware": {"threads": 1, "precision": "32"},
    }
)
INNER = "main/balance_type=balance_in_batch/model_type=feature_level_attention"


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_kongs_layout(tmp_path: Path) -> None:
    data = TrainingData(some_clips(40), validation=VALIDATION)
    trained = fit(data, SETTINGS, tmp_path / "work", layout="kong")
    assert trained.folder == tmp_path / "work" / "models" / INNER
    assert Bundle.find(trained.folder).title == "work 1"
    found = files(tmp_path / "work")
    events = {name for name in found if "tfevents" in name}
    assert {name.rpartition("/")[0] for name in events} == {f"logs/{INNER}"}
    tagger = ("config.json", "labels.csv", "model.safetensors", "README.md", "settings.yaml")
    assert found - events == {
        *(f"models/{INNER}/{name}" for name in (*tagger, "metrics.json")),
        *(f"models/{INNER}/md_{at}_iters.safetensors" for at in (4, 6)),
        f"models/{INNER}/final_weights.safetensors",
        *(f"probs/{INNER}/test/prob_{at}_iters.npz" for at in (4, 6)),
        *(f"stats/{INNER}/test/stat_{at}_iters.npz" for at in (4, 6)),
        f"logs/{INNER}/log.csv",
    }
    with np.load(tmp_path / "work" / "probs" / INNER / "test" / "prob_6_iters.npz") as prob:
        scores, ids = prob["scores"], prob["ids"]
    assert tuple(ids) == VALIDATION.ids
    counts = ScoreStatistics.of(VALIDATION.labels, scores)
    with np.load(tmp_path / "work" / "stats" / INNER / "test" / "stat_6_iters.npz") as stat:
        np.testing.assert_array_equal(stat["ap"], average_precision(counts))
        assert set(stat) >= {"auc", "positives", "thresholds", "hits", "at_or_above", "offsets"}
    final = load_file(trained.folder / "final_weights.safetensors")
    last = load_file(trained.folder / "md_6_iters.safetensors")
    assert final.keys() == last.keys()
    np.testing.assert_array_equal(final["output.weight"], last["output.weight"])


def test_several_runs_have_a_folder_each(tmp_path: Path) -> None:
    two = SETTINGS.model_copy(update={"seeds": 2})
    fit(TrainingData(some_clips(40)), two, tmp_path / "work", layout="kong")
    models = tmp_path / "work" / "models" / INNER
    assert {path.parent.name for path in models.rglob("config.json")} == {
        "model_type=feature_level_attention",
        "seed=1",
        "seed=2",
    }
