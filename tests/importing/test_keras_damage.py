"""Files that are not quite what Keras writes: one sentence, with the array and both shapes."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest
from importing.keras_layout import write_weights

from earmark.classifiers.family import Kind
from earmark.errors import ModelError
from earmark.importing.keras import read_keras

SINGLE: Kind = "decision_level_single_attention"
MULTI: Kind = "decision_level_multi_attention"
Change = Callable[[h5py.File], object]


def replaced(layer: str, name: str, values: object) -> Change:
    def change(file: h5py.File) -> None:
        del file[f"{layer}/{layer}/{name}:0"]
        file.create_dataset(f"{layer}/{layer}/{name}:0", data=values)

    return change


def removed(layer: str, name: str, *, listed: bool) -> Change:
    def change(file: h5py.File) -> None:
        del file[f"{layer}/{layer}/{name}:0"]
        if not listed:
            names = file[layer].attrs["weight_names"]
            file[layer].attrs["weight_names"] = names[[name.encode() not in n for n in names]]

    return change


def added(layer: str, name: str, *, listed: bool) -> Change:
    def change(file: h5py.File) -> None:
        file.create_dataset(f"{layer}/{layer}/{name}:0", data=np.zeros(5, np.float32))
        if listed:
            names = file[layer].attrs["weight_names"].astype("S64")
            file[layer].attrs["weight_names"] = np.append(names, f"{layer}/{name}:0".encode())

    return change


def elsewhere(file: h5py.File) -> None:
    other = Path(file.filename).with_name("secret")
    other.write_bytes(bytes(12))
    del file["dense_4/dense_4/bias:0"]
    file.create_dataset("dense_4/dense_4/bias:0", (3,), "f4", external=[(str(other), 0, 12)])


def linked(file: h5py.File) -> None:
    other = Path(file.filename).with_name("other.h5")
    with h5py.File(other, "w") as written:
        written["secret"] = np.zeros(3, np.float32)
    del file["dense_4/dense_4/bias:0"]
    file["dense_4/dense_4/bias:0"] = h5py.ExternalLink(str(other), "/secret")


def huge(file: h5py.File) -> None:
    """Shapes that fit each other and take no room on disk."""
    for layer, name, shape in [
        ("dense_1", "kernel", (128, 10**6)),
        ("dense_1", "bias", (10**6,)),
        *((f"dense_{n}", "kernel", (10**6, 10**6)) for n in (2, 3)),
        *((f"dense_{n}", "bias", (10**6,)) for n in (2, 3)),
        *((f"dense_{n}", "kernel", (10**6, 3)) for n in (4, 5)),
        *(
            (f"batch_normalization_{n}", name, (10**6,))
            for n in (1, 2, 3)
            for name in ("gamma", "beta", "moving_mean", "moving_variance")
        ),
    ]:
        del file[f"{layer}/{layer}/{name}:0"]
        file.create_dataset(f"{layer}/{layer}/{name}:0", shape, "f4", chunks=True)


def fewer_layers(file: h5py.File) -> None:
    file.attrs["layer_names"] = file.attrs["layer_names"][:-1]
    del file["batch_normalization_3"]


CHANGES: dict[str, tuple[Change, str]] = {
    "narrow": (
        replaced("dense_4", "kernel", np.zeros((5, 3), np.float32)),
        r": dense_4/kernel has shape \[5, 3\], where decision_level_single_att.* needs \[6, 3\]",
    ),
    "another input": (
        replaced("dense_1", "kernel", np.zeros((64, 6), np.float32)),
        r": dense_1/kernel has shape \[64, 6\], where .* needs \[128, 6\]",
    ),
    "transposed": (
        replaced("dense_5", "kernel", np.zeros((3, 6), np.float32)),
        r": dense_5/kernel has shape \[3, 6\], where .* needs \[6, 3\]",
    ),
    "convolution": (
        replaced("dense_4", "kernel", np.zeros((3, 6, 3), np.float32)),
        r": dense_4/kernel has shape \[3, 6, 3\], and one with 2 axes is needed",
    ),
    "scalar": (
        replaced("dense_4", "bias", np.float32(1)),
        r": dense_4/bias has shape \[\], and one with 1 axis is needed",
    ),
    "mean of another width": (
        replaced("batch_normalization_2", "moving_mean", np.zeros(7, np.float32)),
        r": batch_normalization_2/moving_mean has shape \[7\], where .* needs \[6\]",
    ),
    "missing": (
        removed("dense_4", "bias", listed=True),
        r": the array dense_4/bias:0 is listed and is not there",
    ),
    "without a bias": (
        removed("dense_4", "bias", listed=False),
        r": dense_4/bias is missing: an array of shape \[3\] is needed there",
    ),
    "without a kernel": (
        removed("dense_4", "kernel", listed=False),
        r": dense_4/kernel is missing: an array of shape \[\?, 3\] is needed there",
    ),
    "without a scale": (
        removed("batch_normalization_1", "gamma", listed=False),
        r": batch_normalization_1/gamma is missing: an array of shape \[6\] is needed there",
    ),
    "extra": (
        added("dense_4", "gain", listed=True),
        r": dense_4/gain of shape \[5\] is one array too many beside kernel, bias",
    ),
    "extra and secret": (
        added("dense_4", "gain", listed=False),
        r" holds /dense_4/dense_4/gain:0 of shape \[5\], which is one array too many: no layer",
    ),
    "a layer less": (
        fewer_layers,
        r" holds weights of 5 Dense and 2 BatchNormalization layers, as no head of the attention",
    ),
    "a layer that is not there": (
        lambda file: file.pop("dense_2"),
        r": the layer dense_2 is listed and is not there",
    ),
    "not finite": (
        replaced("dense_4", "bias", np.array([1, np.nan, 2], np.float32)),
        r": dense_4/bias holds numbers that are not finite",
    ),
    "no variance": (
        replaced("batch_normalization_2", "moving_variance", -np.ones(6, np.float32)),
        r": batch_normalization_2/moving_variance holds negative numbers",
    ),
    "text": (
        replaced("dense_4", "bias", np.array([b"a", b"b", b"c"])),
        r": dense_4/bias is no array of floating-point numbers",
    ),
    "whole numbers": (
        replaced("dense_4", "bias", np.arange(3)),
        r": dense_4/bias is no array of floating-point numbers",
    ),
    "elsewhere": (elsewhere, r": dense_4/bias points into another file, which is not followed"),
    "linked": (linked, r" is damaged: .*object 'secret' doesn't exist"),  # in this file, that is
    "huge": (huge, r": dense_1/kernel has shape \[128, 1000000\], and no classifier is as large"),
    "no list": (
        lambda file: file.attrs.pop("layer_names"),
        r" is HDF5, but no model or weights of Keras: it lists no layers, but holds batch_norm",
    ),
    "no description": (
        lambda file: file.attrs.update(model_config="{oh"),
        r": its description of the model is damaged: Expecting property name",
    ),
    "a description of nothing": (
        lambda file: file.attrs.update(model_config="[]"),
        r": its description of the model describes none",
    ),
    "a description that makes no sense": (
        lambda file: file.attrs.update(model_config='{"class_name": "Model", "config": []}'),
        r": its description of the model makes no sense: ",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_something_is_wrong(tmp_path: Path, name: str) -> None:
    change, message = CHANGES[name]
    path = write_weights(tmp_path / "final_weights.h5", SINGLE)
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(ModelError, match=r"^\S*/final_weights\.h5" + message) as caught:
        read_keras(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", [SINGLE, MULTI])
def test_nothing_is_wrong(tmp_path: Path, kind: Kind) -> None:
    imported = read_keras(write_weights(tmp_path / "final_weights.h5", kind))
    assert (imported.kind, imported.n_classes) == (kind, 3)


def test_names_in_several_pieces(tmp_path: Path) -> None:
    path = write_weights(tmp_path / "final_weights.h5", SINGLE)
    with h5py.File(path, "r+") as file:
        names = file.attrs.pop("layer_names")
        file.attrs["layer_names0"], file.attrs["layer_names1"] = names[:4], names[4:]
    assert read_keras(path).kind == SINGLE


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.h5 cannot be read: No such file or directory"):
        read_keras(tmp_path / "none.h5")
    with pytest.raises(ModelError, match=r" cannot be read: Is a directory"):
        read_keras(tmp_path)


def test_no_hdf5(tmp_path: Path) -> None:
    path = tmp_path / "page.h5"
    path.write_text("<!doctype html><html>not found</html>")
    with pytest.raises(ModelError, match=r"page\.h5 is no HDF5 file, which is what Keras writes: "):
        read_keras(path)


def test_a_zip_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({}))
    with pytest.raises(ModelError, match=r"model\.keras is a zip archive, and no model of Keras"):
        read_keras(path)


def test_cut_off(tmp_path: Path) -> None:
    path = write_weights(tmp_path / "final_weights.h5", SINGLE)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    half, whole = len(data) // 2, len(data)
    with pytest.raises(ModelError, match=rf"is cut off: {half} of its {whole} bytes are there"):
        read_keras(path)


def test_wherever_it_is_cut_off_or_changed(tmp_path: Path) -> None:
    path = write_weights(tmp_path / "final_weights.h5", SINGLE)
    data = path.read_bytes()
    rng = np.random.default_rng(2)
    read = 0
    for _ in range(150):
        broken = bytearray(data[: rng.integers(0, len(data) + 1) if rng.random() < 0.2 else None])
        for place in rng.integers(0, max(1, len(broken)), rng.integers(1, 4)):
            broken[place : place + 1] = rng.bytes(1)
        path.write_bytes(broken)
        with suppress(ModelError):  # and nothing else
            read += read_keras(path).n_classes == 3
    assert read > 5  # a byte of a weight may be any
