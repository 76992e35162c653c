"""The file of weights, as others read it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from safetensors.numpy import load_file

from earmark.exporting.weights_file import Array, places, reference, write_weights

ARRAYS: dict[str, Array] = {
    "bytes": np.arange(7, dtype=np.uint8),
    "half": np.linspace(-1, 1, 6, dtype=np.float16).reshape(2, 3),
    "turned": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    "single": np.array(2.5, np.float32),
    "none": np.empty((0, 4), np.float32),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    write_weights(path, ARRAYS)
    return path


def test_others_read_the_same(path: Path) -> None:
    found = load_file(path)
    assert set(found) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_places_are_those_of_the_bytes(path: Path) -> None:
    content = path.read_bytes()
    for name, place in places(path).items():
        array = ARRAYS[name]
        assert place.shape == array.shape
        assert place.start % array.itemsize == 0
        assert content[place.start : place.start + place.length] == array.tobytes()


def test_a_graph_reads_them_where_they_are(path: Path) -> None:
    place = places(path)["turned"]
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "turned"], ["y"])],
        "sum",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [3, 2])],
        [reference("turned", place, file=path.name)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, path.with_name("sum.onnx"))
    session = onnxruntime.InferenceSession(str(path.with_name("sum.onnx")))
    (found,) = session.run(None, {"x": np.array(1, np.float32)})
    np.testing.assert_array_equal(found, ARRAYS["turned"] + 1)


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\xff" * 8 + b"{}", b"GIF89a not weights"])
def test_nonsense_takes_no_memory(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.safetensors is cut off|Expecting value"):
        places(path)
