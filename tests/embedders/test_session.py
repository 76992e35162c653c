"""Networks as ONNX Runtime runs them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import placeholder
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from earmark.embedders import Embedder, Identity, quantise
from earmark.embedders.session import AT_ONCE
from earmark.errors import ModelError

IDENTITY = Identity("placeholder", "1")


def write(path: Path, *, operation: str, inputs: list[str | int], outputs: list[str | int]) -> Path:
    """Write a network of one operation."""
    graph = helper.make_graph(
        [helper.make_node(operation, ["patches"], ["embeddings"])],
        "one",
        [helper.make_tensor_value_info("patches", TensorProto.FLOAT, inputs)],
        [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, outputs)],
    )
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return placeholder.build(tmp_path_factory.mktemp("tagger"), labels=[("/m/a", "A")])


@pytest.fixture
def patches() -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(0, 2, (7, 96, 64)).astype(np.float32)


def test_it_gives_the_bytes_of_what_the_network_computes(
    folder: Path, patches: NDArray[np.float32]
) -> None:
    embedder = Embedder(folder / "embedder.onnx", identity=IDENTITY)
    np.testing.assert_array_equal(embedder(patches), quantise(placeholder.embed(patches)))
    assert repr(embedder) == "Embedder('placeholder', '1')"


def test_no_patches_no_embeddings(folder: Path) -> None:
    embedder = Embedder(folder / "embedder.onnx", identity=IDENTITY)
    found = embedder(np.empty((0, 96, 64), np.float32))
    assert found.shape == (0, 128)
    assert found.dtype == np.uint8


def test_many_patches_are_taken_piece_by_piece(folder: Path) -> None:
    embedder = Embedder(folder / "embedder.onnx", identity=IDENTITY)
    patches = np.random.default_rng(1).normal(0, 2, (2 * AT_ONCE + 3, 96, 64)).astype(np.float32)
    np.testing.assert_array_equal(embedder(patches), quantise(placeholder.embed(patches)))


def test_numbers_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "e.onnx", operation="Log", inputs=["n", 128], outputs=["n", 128])
    with pytest.raises(ModelError, match=r"e\.onnx gives numbers that are not finite"):
        Embedder(path, identity=IDENTITY)(np.zeros((2, 128), np.float32))


def test_embeddings_of_another_size_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "e.onnx", operation="Abs", inputs=["n", 64], outputs=["n", 64])
    with pytest.raises(ModelError, match=r"embeddings of shape \[64\], not \[128\]"):
        Embedder(path, identity=IDENTITY)(np.zeros((2, 64), np.float32))


def test_patches_of_another_shape_fail_in_words(tmp_path: Path) -> None:
    path = write(tmp_path / "e.onnx", operation="Abs", inputs=["n", 64], outputs=["n", 64])
    with pytest.raises(ModelError, match=r"e\.onnx failed: "):
        Embedder(path, identity=IDENTITY)(np.zeros((2, 96, 64), np.float32))
