"""VGGish's graphs in a tagger's folder, and the files of weights that they alone need.

===============================  ================================================================
``embedder.onnx``                the network
``embedder.kernels.safetensors`` its convolutions' kernels as Winograd's convolution has them
``embedder.int8.onnx``           the same network with its wide layers in eight bits
``embedder.int8.safetensors``    the weights of those
===============================  ================================================================

All other weights are where every tagger has them, in ``model.safetensors``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto

from earmark.embedders.session import Network
from earmark.embedders.vggish import Vggish
from earmark.embedders.vggish_graph import CONVOLUTIONS, WIDE, draw, eight_bits, transformed
from earmark.errors import ModelError
from earmark.exporting.tagger_folder import WEIGHTS, patches_like
from earmark.exporting.weights_file import Array, places, reference, write_weights

__all__ = ["write_fast_graph", "write_graph"]

KERNELS = "embedder.kernels.safetensors"
EIGHT_BITS = "embedder.int8.safetensors"
TOLERANCE = 0.1
"""Largest error of eight bits (root mean square), to the embeddings' own standard deviation."""


def write_graph(network: Vggish, folder: Path) -> None:
    """Write ``embedder.onnx`` into a tagger's folder that has the weights.

    It computes what the network computes, except for rounding.
    """
    state = network.state_dict()
    kernels: dict[str, Array] = {}
    for name in CONVOLUTIONS:
        kernels.update(transformed(name, state[f"{name}.weight"].numpy()))
    write_weights(folder / KERNELS, kernels)
    _draw(network, folder, "embedder.onnx", files=(KERNELS,))


def write_fast_graph(network: Vggish, folder: Path) -> None:
    """Write ``embedder.int8.onnx`` into a folder that has ``embedder.onnx``.

    Raises
    ------
    ModelError
        If what it computes is far from what the network computes.
    """
    state = network.state_dict()
    arrays: dict[str, Array] = {}
    for name in WIDE:
        arrays[f"{name}.weight"], arrays[f"{name}.scale"] = eight_bits(
            state[f"{name}.weight"].numpy()
        )
    write_weights(folder / EIGHT_BITS, arrays)
    path = _draw(network, folder, "embedder.int8.onnx", files=(EIGHT_BITS, KERNELS))
    batch = patches_like(3)
    (found,) = Network(path, inputs=("patches",), outputs=("embeddings",)).run(batch.numpy())
    with torch.no_grad():
        wanted = network(batch).numpy()
    error = float(np.sqrt(np.mean((found - wanted) ** 2)))
    if not error <= TOLERANCE * float(wanted.std()):  # nor if it is not a number
        raise ModelError(f"{path} differs from PyTorch by {error:.2g}, which is too much")


def _draw(network: Vggish, folder: Path, name: str, *, files: tuple[str, ...]) -> Path:
    """Draw a graph that takes weights from these files where they are, and else from all's."""
    known: dict[str, TensorProto] = {}
    for file in (WEIGHTS, *files):
        for key, place in places(folder / file).items():
            weight = key.removeprefix("embedder.")
            known[weight] = reference(weight, place, file=file)
    model = draw(network.config, known.__getitem__, in_eight_bits=EIGHT_BITS in files)
    (folder / name).write_bytes(model.SerializeToString())
    return folder / name
