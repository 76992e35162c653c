"""YouTube-8M's models beside TensorFlow's, with the same weights."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from classifiers.small import small_settings
from numpy.typing import NDArray

from earmark.classifiers.family import Kind, build

Arrays = dict[str, NDArray[np.float32]]
CELLS = 16
LENGTHS = np.array([10, 4, 1, 9], np.int32)
MASK = np.arange(10) < LENGTHS[:, None]
FRAMES = (np.random.default_rng(1).normal(0.3, 1, (4, 10, 12)) * MASK[:, :, None]).astype("f")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for library in ("tensorflow", "tf_keras"):
        if find_spec(library) is None:  # without importing it: that takes seconds, and warns
            pytest.skip(f"no {library} to compare with")
    folder = tmp_path_factory.mktemp("tensorflow")
    np.savez(folder / "clips.npz", frames=FRAMES, lengths=LENGTHS)
    program = Path(__file__).with_name("tensorflow_models.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", program, folder],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return folder


def state_of(kind: Kind, variables: Arrays) -> Arrays:
    """The variables by their names in PyTorch, whose matrices are transposed."""
    state: Arrays = {}
    for name, values in variables.items():
        scope, _, part = name.rpartition("/")
        if part in ("kernel", "bias"):  # of cells, whose two matrices are one
            layer = f"layers.{name.partition('cell_')[2][0]}"
            if part == "kernel":
                state[f"{layer}.read.weight"] = values[:-CELLS].T
                state[f"{layer}.recall.weight"] = values[-CELLS:].T
            else:
                add, news, keep, show = np.split(values, 4)
                state[f"{layer}.read.bias"] = np.concatenate([add, news, keep + 1, show])
        else:
            if scope in EXPERTS:  # which stand class by class, and ours expert by expert
                by_class = values.reshape(*values.shape[:-1], -1, EXPERTS[scope])
                values = by_class.swapaxes(-1, -2).reshape(values.shape)
            state[f"{MODULES[scope]}.{PARTS[part]}"] = values.T
    return state


MODULES = {
    "fully_connected": "output",
    "gates": "mixture.gates",
    "experts": "mixture.experts",
    "cluster": "cluster",
    "hidden1": "hidden",
    "input_bn": "normalise_input",
    "cluster_bn": "normalise_clusters",
    "hidden1_bn": "normalise_hidden",
}
EXPERTS = {"gates": 3, "experts": 2}
PARTS = {
    "weights": "weight",
    "biases": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


@pytest.mark.parametrize("kind", ["logistic", "frame_level_logistic", "moe", "dbof", "lstm"])
def test_the_same_weights_give_the_same_scores(made: Path, kind: Kind) -> None:
    with np.load(made / f"{kind}.npz") as file:
        variables = dict(file)
    wanted = variables.pop("scores")
    assert wanted.std() > 0.02  # scores that differ, so that this says something
    module = build(kind, small_settings(kind)).eval()
    state = {name: torch.from_numpy(v.copy()) for name, v in state_of(kind, variables).items()}
    unlike = module.load_state_dict(state, strict=False)
    assert not unlike.unexpected_keys
    assert all(key.endswith("num_batches_tracked") for key in unlike.missing_keys)
    with torch.no_grad():
        found, _ = module(torch.from_numpy(FRAMES), torch.from_numpy(MASK).float())
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)
