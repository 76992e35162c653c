"""Taggers without their graphs, of which one takes PyTorch's exporter seconds."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from earmark.exporting.tagger_folder import TaggerParts
from earmark.exporting.weights_file import write_weights

__all__ = ["export"]


def export(parts: TaggerParts, folder: Path) -> None:
    """Do what `export_tagger` does, but for the graph of the classifier."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(parts.config()))
    with (folder / "labels.csv").open("w", newline="") as file:
        rows = [[label.index, label.id, label.name] for label in parts.labels]
        csv.writer(file).writerows([["index", "id", "name"], *rows])
    state = parts.modules()["classifier"].state_dict()
    arrays = {f"classifier.{k}": v.numpy() for k, v in state.items() if v.is_floating_point()}
    write_weights(folder / "model.safetensors", arrays)
