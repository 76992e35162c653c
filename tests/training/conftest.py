"""What the tests of training share."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from earmark.exporting.tagger_folder import TaggerParts
from earmark.exporting.weights_file import write_weights


@pytest.fixture(scope="session", autouse=True)
def _one_thread(one_thread: None) -> None:
    """All tests here."""


@pytest.fixture
def no_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write taggers without their graphs, of which one takes seconds; `test_result` has them."""

    def export(parts: TaggerParts, folder: Path) -> None:
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(parts.config()))
        with (folder / "labels.csv").open("w", newline="") as file:
            rows = [[label.index, label.id, label.name] for label in parts.labels]
            csv.writer(file).writerows([["index", "id", "name"], *rows])
        state = parts.modules()["classifier"].state_dict()
        arrays = {f"classifier.{k}": v.numpy() for k, v in state.items() if v.is_floating_point()}
        write_weights(folder / "model.safetensors", arrays)

    monkeypatch.setattr("earmark.training.result.export_tagger", export)
