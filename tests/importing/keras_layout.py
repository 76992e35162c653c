"""Files laid out as Keras lays out weights, written with h5py alone."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from earmark.classifiers.family import Kind
from earmark.importing.keras_roles import ROLES

HIDDEN, CLASSES = 6, 3


def write_weights(path: Path, kind: Kind = "decision_level_single_attention") -> Path:
    """Write what ``save_weights`` writes for a small head: dense_1, batch_normalization_1, ..."""
    rng = np.random.default_rng(1)
    roles = ROLES[kind]
    with h5py.File(path, "w") as file:
        names = []
        for number, role in enumerate(roles.dense, start=1):
            shape = _shape(role)
            names.append(f"dense_{number}")
            _write(file, names[-1], kernel=rng.normal(size=shape), bias=rng.normal(size=shape[1]))
        for number in range(1, len(roles.norms) + 1):
            names.append(f"batch_normalization_{number}")
            _write(
                file,
                names[-1],
                gamma=rng.uniform(0.5, 1.5, HIDDEN),
                beta=rng.normal(size=HIDDEN),
                moving_mean=rng.normal(size=HIDDEN),
                moving_variance=rng.uniform(0.5, 1.5, HIDDEN),
            )
        file.attrs["layer_names"] = np.array(["input_1", *names], dtype="S")
        file.create_group("input_1").attrs["weight_names"] = np.array([], dtype="S1")
        file.attrs["keras_version"] = np.bytes_("2.0.8")
    return path


def _shape(role: str) -> tuple[int, int]:
    n_in = 128 if role == "layers.0.linear" else HIDDEN
    if role == "output":
        n_in = 2 * CLASSES
    wide = role.startswith("layers") or role in ("value", "attend")
    return n_in, HIDDEN if wide else CLASSES


def _write(file: h5py.File, layer: str, **arrays: np.ndarray) -> None:
    group = file.create_group(layer)
    for name, values in arrays.items():
        group.create_dataset(f"{layer}/{name}:0", data=values.astype(np.float32))
    names = [f"{layer}/{name}:0" for name in arrays]
    group.attrs["weight_names"] = np.array(names, dtype="S")
