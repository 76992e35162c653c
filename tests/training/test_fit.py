"""Whole runs: what comes of them, what is refused, and that they go on where they were stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from training.synthetic import some_clips

from earmark.bundle import Bundle
from earmark.classifiers.session import Classifier
from earmark.training.data import TrainingData
from earmark.training.fit import fit
from earmark.training.settings import TrainSettings

DATA = TrainingData(some_clips(60), validation=some_clips(30, seed=1), test=some_clips(25, seed=2))
SMALL: dict[str, Any] = {
    "iterations": 12,
    "batch": 20,
    "log_every": 4,
    "checkpoint_every": 5,
    "classifier": {"kind": "feature_level_attention", "hidden": 16, "n_layers": 1},
    "validation": {"every": 6},
    "hardware": {"threads": 1, "precision": "32"},
}


def settings(**changes: Any) -> TrainSettings:
    return TrainSettings.model_validate({**SMALL, **changes})


def test_a_run_makes_a_tagger(tmp_path: Path) -> None:
    trained = fit(DATA, settings(), tmp_path / "tagger")
    bundle = Bundle.find(tmp_path / "tagger")
    assert bundle.title == "tagger 1"
    assert [label.name for label in bundle.labels] == [label.name for label in DATA.table]
    assert not bundle.has_embedder
    classifier = Classifier(bundle.classifier, identity=bundle.config.embedder, classes=5)
    assert DATA.test is not None
    scores, _ = classifier(DATA.test.frames, DATA.test.mask())
    right = DATA.test.labels.to_multi_hot(5)[np.arange(25), scores.argmax(axis=1)]
    assert trained.test is not None
    assert right.mean() == trained.test.accuracy
    assert trained.test.mAP > 0.8
    names = {path.name for path in (tmp_path / "tagger").iterdir()}
    assert names == {
        *("config.json", "classifier.onnx", "labels.csv", "model.safetensors", "README.md"),
        *("settings.yaml", "metrics.json", "log.csv", "logs"),
    }
    metrics = json.loads((tmp_path / "tagger" / "metrics.json").read_text())
    assert metrics["test"]["mAP"] == trained.test.mAP
