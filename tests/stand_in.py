"""A teacher that needs no download: EfficientAT's form, two layers deep, and easy to predict.

It pools the log-mel into 16 bands and steps of 32 frames centred at every 32nd, mixes the bands to
384 numbers at random, and has a random head of the real one's form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

BANDS = 16
SIZE = 384
HIDDEN = 24
CLASSES = 527
STEP = 32


def build(path: Path) -> Path:
    """Write the network and return its path."""
    nodes = [
        helper.make_node(
            "AveragePool",
            ["logmel"],
            ["pooled"],
            kernel_shape=[128 // BANDS, STEP],
            strides=[128 // BANDS, STEP],
            pads=[0, STEP // 2, 0, STEP // 2 - 1],
        ),
        helper.make_node("Conv", ["pooled", "mix"], ["mixed"], kernel_shape=[BANDS, 1]),
        helper.make_node("HardSwish", ["mixed"], ["map"]),
        helper.make_node("GlobalAveragePool", ["map"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["embedding"], axis=1),
        helper.make_node("Gemm", ["embedding", "w1", "b1"], ["hidden"], transB=1),
        helper.make_node("HardSwish", ["hidden"], ["active"]),
        helper.make_node("Gemm", ["active", "w2", "b2"], ["logits"], transB=1),
        helper.make_node("Sigmoid", ["logits"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "stand_in",
        [helper.make_tensor_value_info("logmel", TensorProto.FLOAT, ["n", 1, 128, "frames"])],
        [
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", CLASSES]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", SIZE]),
        ],
        [numpy_helper.from_array(array, name) for name, array in weights().items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def weights() -> dict[str, NDArray[Any]]:
    """Its weights, float32: ``mix`` [384, 1, 16, 1], and ``w1``, ``b1``, ``w2``, ``b2``."""
    rng = np.random.default_rng(0)
    shapes = {
        "mix": (SIZE, 1, BANDS, 1),
        "w1": (HIDDEN, SIZE),
        "b1": (HIDDEN,),
        "w2": (CLASSES, HIDDEN),
        "b2": (CLASSES,),
    }
    return {
        name: (rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)
        for name, shape in shapes.items()
    }


def steps(log_mel: NDArray[np.float32]) -> NDArray[np.float64]:
    """What its map holds, computed plainly: float32 [128, frames] -> float64 [step, 384]."""
    bands = log_mel.astype(np.float64).reshape(BANDS, -1, log_mel.shape[1]).mean(axis=1)
    n_steps = -(-bands.shape[1] // STEP)
    found = []
    for index in range(n_steps):
        centre = index * STEP
        part = bands[:, max(0, centre - STEP // 2) : centre + STEP // 2].mean(axis=1)
        found.append(_hard_swish(weights()["mix"][:, 0, :, 0] @ part))
    return np.stack(found)


def scores(embedding: NDArray[np.float64]) -> NDArray[np.float64]:
    """What its head makes of an embedding: float64 [384] -> float64 [527]."""
    array = weights()
    hidden = _hard_swish(array["w1"] @ embedding + array["b1"])
    result: NDArray[np.float64] = 1 / (1 + np.exp(-(array["w2"] @ hidden + array["b2"])))
    return result


def _hard_swish(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values * np.clip(values / 6 + 0.5, 0, 1)
