"""Named arrays -> VGGish's weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from vggish_weights import HIDDEN, NARROW, narrow

from earmark.embedders.vggish import Vggish, VggishConfig
from earmark.errors import ModelError
from earmark.importing.arrays import LAYERS, fill, read_npz

Arrays = dict[str, NDArray[Any]]


def torchs(network: Vggish) -> Arrays:
    return {name: value.numpy() for name, value in network.state_dict().items()}


def tensorflows(network: Vggish) -> Arrays:
    """The same weights as TensorFlow would have them, turned plainly."""
    state = torchs(network)
    arrays: Arrays = {}
    for theirs, ours in LAYERS.items():
        weight = state[f"{ours}.weight"]
        arrays[f"{theirs}/weights"] = np.moveaxis(weight, (0, 1), (-1, -2))
        arrays[f"{theirs}/biases"] = state[f"{ours}.bias"]
    return arrays


def save(path: Path, arrays: Arrays) -> Path:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def filled(path: Path) -> Vggish:
    network = Vggish(VggishConfig(widths=NARROW, hidden=HIDDEN))
    fill(network, read_npz(path))
    return network


@pytest.mark.parametrize("named", [torchs, tensorflows])
def test_weights_by_either_names(tmp_path: Path, named: Any) -> None:
    network = narrow()
    found = filled(save(tmp_path / "w.npz", named(network)))
    for name, value in network.state_dict().items():
        assert torch.equal(found.state_dict()[name], value), name


def test_what_a_training_notes_beside_the_weights_is_left_alone(tmp_path: Path) -> None:
    arrays = tensorflows(narrow())
    arrays |= {
        "global_step": np.array(5),
        "beta1_power": np.array(0.9),
        "vggish/conv1/weights/Adam_1": arrays["vggish/conv1/weights"],
    }
    filled(save(tmp_path / "w.npz", arrays))


def test_weights_of_another_precision_are_taken(tmp_path: Path) -> None:
    arrays = {name: array.astype(np.float64) for name, array in torchs(narrow()).items()}
    found = filled(save(tmp_path / "w.npz", arrays))
    assert found.embeddings.state_dict()["4.bias"].dtype == torch.float32


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vggish/fc2/biases": None}, r"array vggish/fc2/biases is missing, one of 1 .* 18"),
        (
            {"vggish/fc3/biases": np.zeros(3, np.float32)},
            r"w\.npz: the array vggish/fc3/biases of shape \[3\] is none of VGGish's",
        ),
        (
            {"vggish/conv2/weights": np.zeros((3, 3, 8, 4), np.float32)},
            r"conv2/weights has shape \[3, 3, 8, 4\], and VGGish's has \[3, 3, 4, 8\]",
        ),
        (
            {"vggish/fc1/fc1_1/weights": np.zeros((HIDDEN, 24 * NARROW[-1]), np.float32)},
            r"fc1_1/weights has shape \[48, 384\], and VGGish's has \[384, 48\]",
        ),
        ({"vggish/fc2/biases": np.zeros(128, np.int32)}, "fc2/biases holds int32, and weights"),
        (
            {"vggish/fc2/biases": np.full(128, np.nan, np.float32)},
            "fc2/biases holds numbers that are not finite",
        ),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, change: Arrays, message: str) -> None:
    arrays = {**tensorflows(narrow()), **change}
    path = save(tmp_path / "w.npz", {k: v for k, v in arrays.items() if v is not None})
    with pytest.raises(ModelError, match=message):
        filled(path)


def test_arrays_of_something_else(tmp_path: Path) -> None:
    path = save(tmp_path / "w.npz", {"frames": np.zeros((3, 128), np.uint8)})
    with pytest.raises(ModelError, match=r"features\.0\.weight is missing.* such as frames"):
        filled(path)
    with pytest.raises(ModelError, match="holds 0 arrays, such as nothing"):
        filled(save(tmp_path / "w.npz", {}))


def test_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    with pytest.raises(ModelError, match=r"there is no file .*w\.npz"):
        read_npz(path)
    with pytest.raises(ModelError, match="is a folder, and weights are in a file"):
        read_npz(tmp_path)
    path.write_bytes(b"")
    with pytest.raises(ModelError, match=r"w\.npz is no \.npz file, or was cut off"):
        read_npz(path)
    path.write_bytes(b"no archive")
    with pytest.raises(ModelError, match=r"w\.npz is no \.npz file, or was cut off"):
        read_npz(path)
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(ModelError, match=r"is no \.npz file"):
        read_npz(path)


def test_a_file_that_was_cut_off(tmp_path: Path) -> None:
    path = save(tmp_path / "w.npz", torchs(narrow()))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"w\.npz is no \.npz file, or was cut off"):
        read_npz(path)


def test_a_damaged_array_is_named(tmp_path: Path) -> None:
    network = narrow()
    path = save(tmp_path / "w.npz", torchs(network))
    content = bytearray(path.read_bytes())
    at = content.find(network.state_dict()["embeddings.2.weight"].numpy().tobytes()[:64])
    content[at + 8] ^= 255
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"the array embeddings\.2\.weight is damaged: Bad CRC"):
        filled(path)
