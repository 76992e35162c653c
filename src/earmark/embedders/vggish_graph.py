"""VGGish as ONNX Runtime runs it: the weights of `vggish.Vggish`, another way to compute.

Nearly all of VGGish's arithmetic is five wide 3x3 convolutions. They are drawn here as Winograd's
(see `winograd`), which ONNX Runtime does not have as one operation: a gathering of windows, and
matrix products. That is about twice as fast as the plain convolution and, in float32, the same to
five or six digits. Maps are kept as [position, patch, channel], so that windows are gathered in
rows of many channels, and by the same indices whatever the number of patches.

The two wide dense layers hold most of the weights. They may be drawn in eight bits, with a scale
for each unit's weights and each patch's activations: no embedding depends on what else there is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from earmark.embedders.session import EMBEDDING_SIZE
from earmark.embedders.vggish import POOLED, VggishConfig
from earmark.embedders.winograd import SIDE, TILE, WINDOW, transforms, windows
from earmark.features import MEL_BANDS, PATCH_FRAMES

__all__ = ["CONVOLUTIONS", "WIDE", "Weights", "draw", "eight_bits", "transformed"]

Weights = Callable[[str], TensorProto]
"""Gives a weight by its name in the PyTorch module, as an initializer (which may lie elsewhere)."""

WIDE = ("embeddings.0", "embeddings.2")
"""The dense layers that may be drawn in eight bits: all but the last, which is small."""
CONVOLUTIONS = ("features.3", "features.6", "features.8", "features.11", "features.13")
"""The convolutions that are drawn as Winograd's: all but the first."""
ZERO = 128
"""The byte that stands for a weight of zero."""

_POINTS = WINDOW * WINDOW
_TOGETHER = 64
"""Up to so many channels, the 36 products are one operation; from there on it pays to keep the
weights of each packed, at the price of copying what goes in and out."""


def draw(config: VggishConfig, weights: Weights, *, in_eight_bits: bool = False) -> ModelProto:
    """Draw the network.

    Parameters
    ----------
    config : VggishConfig
        Its sizes and its variant.
    weights : callable
        The initializers for the names of the module's weights. For the kernels of `CONVOLUTIONS`
        it is asked by the names that `transformed` gives them; in eight bits for the weights of
        `WIDE` as `eight_bits` makes them, and for their scale by the name that ends so.
    in_eight_bits : bool
        Whether to draw the wide dense layers so.

    Returns
    -------
    ModelProto
        ``patches`` float32 [n, 96, 64] -> ``embeddings`` float32 [n, 128].
    """
    drawing = _Drawing(weights)
    flat = _maps(drawing, config)
    embeddings = _dense(drawing, config, flat, in_eight_bits=in_eight_bits)
    drawing.add("Identity", embeddings, output="embeddings")
    return drawing.model()


def kernel_names(name: str, *, n_in: int) -> list[str]:
    """How the transformed kernels of a convolution are called: one array, or 36."""
    if n_in <= _TOGETHER:
        return [f"{name}.kernels"]
    return [f"{name}.kernels.{at}" for at in range(_POINTS)]


def transformed(name: str, weight: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Make the kernels of a convolution what `draw` wants of them.

    Parameters
    ----------
    name : str
        The convolution's, in the PyTorch module.
    weight : float32 [out, in, 3, 3]

    Returns
    -------
    dict of str to float32
        [36, in, out], or [in, out] for each of the 36.
    """
    n_out, n_in = weight.shape[:2]
    kernels = weight.transpose(2, 3, 1, 0).reshape(SIDE * SIDE, -1)
    found = (transforms().kernel @ kernels).reshape(_POINTS, n_in, n_out)
    names = kernel_names(name, n_in=n_in)
    return dict(zip(names, found if len(names) > 1 else [found], strict=True))


def eight_bits(weight: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Round the weights of a dense layer to eight bits.

    Parameters
    ----------
    weight : float32 [out, in]
        As PyTorch has it.

    Returns
    -------
    uint8 [in, out], float32 [out]
        ``(byte - 128) * scale`` is the weight, to half a step.
    """
    largest = np.abs(weight).max(axis=1)
    scale = np.maximum(largest / (ZERO - 1), np.finfo(np.float32).tiny).astype(np.float32)
    found = np.empty(weight.shape[::-1], np.uint8)
    for start in range(0, len(weight), 256):  # a few units at a time, as there may be 50 million
        units = slice(start, start + 256)
        steps = np.rint(weight[units] / scale[units, None])
        found[:, units] = (steps + ZERO).astype(np.uint8).T
    return found, scale


class _Drawing:
    """A graph while it is drawn: operations give the name of what they make."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[NodeProto] = []
        self._initializers: dict[str, TensorProto] = {}
        self._names = count()

    def add(self, operation: str, *inputs: str, output: str | None = None, **how: Any) -> str:
        """Add an operation with one output."""
        name = output or f"{operation}_{next(self._names)}"
        self._nodes.append(helper.make_node(operation, inputs, [name], name=name, **how))
        return name

    def split(self, value: str, *, parts: int) -> list[str]:
        """Cut a value along its first axis into parts of one."""
        name = f"Split_{next(self._names)}"
        names = [f"{name}_{at}" for at in range(parts)]
        node = helper.make_node("Split", [value], names, name=name, axis=0, num_outputs=parts)
        self._nodes.append(node)
        return names

    def weight(self, name: str) -> str:
        """A weight of the network."""
        if name not in self._initializers:
            self._initializers[name] = self._weights(name)
        return name

    def constant(self, value: object, *, kind: type[np.generic] = np.int64) -> str:
        """A number or an array of the drawing's own."""
        name = f"constant_{next(self._names)}"
        self._initializers[name] = numpy_helper.from_array(np.asarray(value, kind), name)
        return name

    def reshape(self, value: str, shape: Sequence[int]) -> str:
        """Give a value another shape; 0 keeps a side and -1 is what is left."""
        return self.add("Reshape", value, self.constant(shape))

    def model(self) -> ModelProto:
        """What has been drawn."""
        patches: list[str | int] = ["n", PATCH_FRAMES, MEL_BANDS]
        graph = helper.make_graph(
            self._nodes,
            "vggish",
            [helper.make_tensor_value_info("patches", TensorProto.FLOAT, patches)],
            [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["n", EMBEDDING_SIZE])],
            list(self._initializers.values()),
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def _maps(drawing: _Drawing, config: VggishConfig) -> str:
    """The convolutions: ``patches`` to [n, what the first dense layer takes]."""
    image = drawing.add("Unsqueeze", "patches", drawing.constant([1]))
    # Nine products a number of output leave Winograd nothing to save here.
    first = [drawing.weight(f"features.0.{part}") for part in ("weight", "bias")]
    image = drawing.add("Relu", drawing.add("Conv", image, *first, pads=[1, 1, 1, 1]))
    image = drawing.add("MaxPool", image, kernel_shape=[2, 2], strides=[2, 2])
    height, width = PATCH_FRAMES // 2, MEL_BANDS // 2
    image = drawing.reshape(image, (0, config.widths[0], height * width))
    maps = drawing.add("Transpose", image, perm=[2, 0, 1])
    rows = np.arange(height * width, dtype=np.int64).reshape(height, width)
    for at, (name, sizes) in enumerate(zip(CONVOLUTIONS, pairwise(config.widths), strict=True)):
        pooled = at + 1 in POOLED
        maps, rows = _convolution(drawing, maps, rows, name=name, sizes=sizes, pooled=pooled)
    maps = drawing.add("Gather", maps, drawing.constant(rows.ravel()), axis=0)
    maps = drawing.add("Transpose", maps, perm=[1, 0, 2])
    return drawing.reshape(maps, (-1, config.flat))


def _convolution(
    drawing: _Drawing,
    maps: str,
    rows: NDArray[np.int64],
    *,
    name: str,
    sizes: tuple[int, int],
    pooled: bool,
) -> tuple[str, NDArray[np.int64]]:
    """A convolution with its ReLU and, where there is one, its pooling.

    Returns the maps, [position, patch, channel], and which of their positions is where.
    """
    n_in, n_out = sizes
    across = transforms()
    where = windows(rows, outside=rows.size)
    tiles = where.shape[1]
    padded = drawing.add("Pad", maps, drawing.constant([0, 0, 0, 1, 0, 0]))
    seen = drawing.add("Gather", padded, drawing.constant(where.ravel()), axis=0)
    seen = drawing.reshape(seen, (_POINTS, -1))
    seen = drawing.add("MatMul", drawing.constant(across.window, kind=np.float32), seen)
    seen = drawing.reshape(seen, (_POINTS, -1, n_in))  # (point, tile and patch, channel)
    made = _products(drawing, seen, name, n_in=n_in)
    made = drawing.reshape(made, (_POINTS, -1))
    order = _tile_order(pooled=pooled)
    out = across.tile[order.ravel()]
    made = drawing.add("MatMul", drawing.constant(out, kind=np.float32), made)
    if pooled:
        made = drawing.reshape(made, (4, -1))
        made = drawing.add("Max", *drawing.split(made, parts=4))
    made = drawing.reshape(made, (order.shape[-1] * tiles, -1, n_out))
    made = drawing.add("Add", made, drawing.weight(f"{name}.bias"))
    return drawing.add("Relu", made), _positions(rows.shape, pooled=pooled)


def _products(drawing: _Drawing, seen: str, name: str, *, n_in: int) -> str:
    """Multiply over channels, point by point: [36, rows, in] to [36, rows, out]."""
    kernels = kernel_names(name, n_in=n_in)
    if len(kernels) == 1:
        return drawing.add("MatMul", seen, drawing.weight(kernels[0]))
    points = zip(drawing.split(seen, parts=_POINTS), kernels, strict=True)
    products = [drawing.add("MatMul", one, drawing.weight(kernel)) for one, kernel in points]
    return drawing.add("Concat", *products, axis=0)


def _tile_order(*, pooled: bool) -> NDArray[np.int64]:
    """In which order a tile's 16 numbers are made: the four of a pooling lie apart by a quarter.

    Returns int64 [1, 16], or [4, 4]: of the numbers that are pooled together one stands in each
    row.
    """
    tile = np.arange(TILE * TILE).reshape(TILE, TILE)
    if not pooled:
        return tile.reshape(1, -1)
    return np.stack([tile[y::2, x::2].ravel() for y in range(2) for x in range(2)])


def _positions(shape: tuple[int, ...], *, pooled: bool) -> NDArray[np.int64]:
    """Which row of the maps each position of the image is now kept in."""
    height, width = (side // TILE for side in shape)
    side = TILE // 2 if pooled else TILE
    kept = np.arange(side * side * height * width).reshape(side, side, height, width)
    return kept.transpose(2, 0, 3, 1).reshape(side * height, side * width)


def _dense(drawing: _Drawing, config: VggishConfig, value: str, *, in_eight_bits: bool) -> str:
    """The dense layers and what follows them."""
    layer = _byte_layer if in_eight_bits else _float_layer
    for name in WIDE:
        value = drawing.add("Relu", layer(drawing, name, value))
    value = _float_layer(drawing, "embeddings.4", value)
    if config.final_relu:
        value = drawing.add("Relu", value)
    if config.pca:
        value = drawing.add("Sub", value, drawing.weight("pca.means"))
        value = drawing.add("Gemm", value, drawing.weight("pca.vectors"), transB=1)
    return value


def _float_layer(drawing: _Drawing, name: str, value: str) -> str:
    weight, bias = (drawing.weight(f"{name}.{part}") for part in ("weight", "bias"))
    return drawing.add("Gemm", value, weight, bias, transB=1)


def _byte_layer(drawing: _Drawing, name: str, value: str) -> str:
    """A dense layer in eight bits; what comes into it has been through a ReLU."""

    def constant(number: float, kind: type[np.generic]) -> str:
        return drawing.constant(number, kind=kind)

    # A patch's largest number becomes 255. One of nothing but zeros is no reason to divide by zero.
    largest = drawing.add("ReduceMax", value, drawing.constant([1]), keepdims=1)
    largest = drawing.add("Max", largest, constant(1e-20, np.float32))
    step = drawing.add("Div", largest, constant(255, np.float32))
    steps = drawing.add("Add", drawing.add("Div", value, step), constant(0.5, np.float32))
    steps = drawing.add("Cast", steps, to=TensorProto.UINT8)
    zeros = constant(0, np.uint8), constant(ZERO, np.uint8)
    sums = drawing.add("MatMulInteger", steps, drawing.weight(f"{name}.weight"), *zeros)
    sums = drawing.add("Cast", sums, to=TensorProto.FLOAT)
    sums = drawing.add("Mul", drawing.add("Mul", sums, step), drawing.weight(f"{name}.scale"))
    return drawing.add("Add", sums, drawing.weight(f"{name}.bias"))
