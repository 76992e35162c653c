"""A tagger's folder that needs no training: tiny, deterministic, and easy to predict by hand.

Its embedding of a patch is, for each of the 64 mel bands, the mean and the highest value over the
patch's 96 frames, halved. Class ``k`` below 64 answers to mel band ``k``: its score is near 1 where
the band is loud throughout the patch and near 0 where it is quiet. The other classes answer to
fixed random mixtures of bands. A clip's score is the mean over the patches that are there.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

BANDS = 64
SIZE = 2 * BANDS
PATCHES = 10
SLOPE = 4.0
"""How steeply a score rises with the level of its band."""
MIDDLE = -0.5
"""The embedding at which it is one half."""

Constants = dict[str, NDArray[Any]]

IDENTITY = {
    "name": "placeholder",
    "version": "1",
    "final_relu": False,
    "pca": None,
    "dequantiser": "youtube8m",
}


def embedder_alone(folder: Path) -> Path:
    """Take the classifier out of a folder that `build` made."""
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | {"classifier": None}
    path.write_text(json.dumps(config), encoding="utf-8")
    for name in ("classifier.onnx", "labels.csv"):
        (folder / name).unlink()
    return folder


def build(
    folder: Path, *, labels: Sequence[tuple[str, str]], dequantiser: str = "youtube8m"
) -> Path:
    """Write the folder of a tagger that knows these labels.

    Parameters
    ----------
    folder : Path
        Where; made if it is not there.
    labels : sequence of (id, name)
    dequantiser : {"youtube8m", "kong"}

    Returns
    -------
    Path
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "format": 1,
        "name": "placeholder",
        "version": "1.0",
        "embedder": {**IDENTITY, "dequantiser": dequantiser},
        "classifier": {"kind": "linear", "max_patches": PATCHES},
        "pooling": "mean",
        "licence": "Apache-2.0",
        "created_by": "tests/placeholder.py",
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "README.md").write_text("# placeholder\n\nFor tests.\n", encoding="utf-8")
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["index", "id", "name"])
        writer.writerows([index, id_, name] for index, (id_, name) in enumerate(labels))
    onnx.save(_embedder(), folder / "embedder.onnx")
    onnx.save(_classifier(len(labels)), folder / "classifier.onnx")
    return folder


def weights(classes: int) -> NDArray[np.float32]:
    """The classifier's weights: float32 [128, classes]."""
    rng = np.random.default_rng(0)
    matrix = rng.normal(0, SLOPE / 16, (SIZE, classes)).astype(np.float32)
    own = min(BANDS, classes)
    matrix[:, :own] = 0
    matrix[np.arange(own), np.arange(own)] = SLOPE
    return matrix


def embed(patches: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the embedder computes: float32 [n, 96, 64] -> float32 [n, 128]."""
    both = np.concatenate([patches.mean(axis=1), patches.max(axis=1)], axis=1)
    return (both / 2).astype(np.float32)


def score(embeddings: NDArray[np.float32], classes: int) -> NDArray[np.float32]:
    """What the classifier computes for a patch: float32 [n, 128] -> float32 [n, classes]."""
    logits = embeddings @ weights(classes) - np.float32(SLOPE * MIDDLE)
    scores: NDArray[np.float32] = (1 / (1 + np.exp(-logits))).astype(np.float32)
    return scores


def _embedder() -> onnx.ModelProto:
    nodes = [
        helper.make_node("ReduceMean", ["patches", "axis"], ["mean"], keepdims=0),
        helper.make_node("ReduceMax", ["patches", "axis"], ["max"], keepdims=0),
        helper.make_node("Concat", ["mean", "max"], ["both"], axis=1),
        helper.make_node("Mul", ["both", "half"], ["embeddings"]),
    ]
    constants: Constants = {"axis": np.array([1], np.int64), "half": np.array(0.5, np.float32)}
    return _model(
        nodes,
        constants,
        inputs={"patches": ["n", 96, BANDS]},
        outputs={"embeddings": ["n", SIZE]},
    )


def _classifier(classes: int) -> onnx.ModelProto:
    nodes = [
        helper.make_node("MatMul", ["embeddings", "weights"], ["products"]),
        helper.make_node("Sub", ["products", "offset"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["patch_scores"]),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["patch_scores", "column"], ["masked"]),
        helper.make_node("ReduceSum", ["masked", "time"], ["sums"], keepdims=0),
        helper.make_node("ReduceSum", ["mask", "time"], ["counts"], keepdims=1),
        helper.make_node("Div", ["sums", "counts"], ["scores"]),
    ]
    constants: Constants = {
        "weights": weights(classes),
        "offset": np.array(SLOPE * MIDDLE, np.float32),
        "last": np.array([2], np.int64),
        "time": np.array([1], np.int64),
    }
    return _model(
        nodes,
        constants,
        inputs={"embeddings": ["clips", PATCHES, SIZE], "mask": ["clips", PATCHES]},
        outputs={"scores": ["clips", classes], "patch_scores": ["clips", PATCHES, classes]},
    )


def _model(
    nodes: list[onnx.NodeProto],
    constants: Constants,
    *,
    inputs: dict[str, list[str | int]],
    outputs: dict[str, list[str | int]],
) -> onnx.ModelProto:
    def values(shapes: dict[str, list[str | int]]) -> list[onnx.ValueInfoProto]:
        return [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in shapes.items()
        ]

    graph = helper.make_graph(
        nodes,
        "placeholder",
        values(inputs),
        values(outputs),
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return model
