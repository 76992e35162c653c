"""What can be wrong with an embedder that is to come along; `test_result` has those that work."""

from __future__ import annotations

import shutil
from pathlib import Path

import onnx
import placeholder
import pytest

from earmark.bundle import Bundle
from earmark.errors import DataError, ModelError
from earmark.exporting.weights_file import write_weights
from earmark.training.embedder_copy import copy_embedder


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A folder with a classifier, as an export leaves it."""
    folder = placeholder.build(tmp_path / "new", labels=[("/a", "a")])
    (folder / "embedder.onnx").unlink()
    write_weights(folder / "model.safetensors", {})
    return folder


def test_a_tagger_without_one_is_named(alone: Path, tmp_path: Path) -> None:
    other = shutil.copytree(alone, tmp_path / "other")
    with pytest.raises(ModelError, match=r"embedder.onnx is missing"):
        copy_embedder(other, alone)


def test_weights_that_are_not_there_are_named(alone: Path, tmp_path: Path) -> None:
    source = shutil.copytree(Bundle.find("compact").folder, tmp_path / "source")
    (source / "model.safetensors").write_bytes(b"not at all")
    with pytest.raises(DataError, match=r"model.safetensors cannot be read, so its embedder"):
        copy_embedder(source, alone)
    write_weights(source / "model.safetensors", {})
    with pytest.raises(DataError, match=r"points to weights that model.safetensors does not have"):
        copy_embedder(source, alone)


def test_every_graph_and_file_of_the_embedder_comes_along(alone: Path, tmp_path: Path) -> None:
    source = placeholder.build(tmp_path / "source", labels=[("/a", "a")])
    shutil.copyfile(source / "embedder.onnx", source / "embedder.int8.onnx")
    (source / "embedder.int8.safetensors").write_bytes(b"weights of its own")
    copy_embedder(source, alone)
    assert (alone / "embedder.int8.safetensors").read_bytes() == b"weights of its own"
    for name in ("embedder.onnx", "embedder.int8.onnx"):
        assert onnx.load(alone / name) == onnx.load(source / name)
