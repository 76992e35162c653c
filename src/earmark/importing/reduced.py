"""The second, faster embedder of a folder: VGGish with its dense layers in eight bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto

from earmark.embedders.session import Network
from earmark.embedders.vggish import Vggish
from earmark.embedders.vggish_graph import DENSE, draw, eight_bits
from earmark.errors import ModelError
from earmark.training.export import WEIGHTS, patches_like
from earmark.training.weights_file import Array, places, reference, write_weights

__all__ = ["write_reduced"]

WEIGHTS_IN_EIGHT_BITS = "embedder.int8.safetensors"
TOLERANCE = 0.1
"""Largest error allowed (root mean square), to the embeddings' own standard deviation."""


def write_reduced(network: Vggish, folder: Path) -> None:
    """Write ``embedder.int8.onnx`` and the weights of its dense layers into a tagger's folder.

    Its convolutions are those of ``embedder.onnx`` and stay in ``model.safetensors``.

    Raises
    ------
    ModelError
        If what it computes is far from what the network computes.
    """
    state = network.state_dict()
    arrays: dict[str, Array] = {}
    for name in DENSE:
        weight, scale = eight_bits(state[f"{name}.weight"].numpy())
        arrays |= {f"{name}.weight": weight, f"{name}.scale": scale}
    write_weights(folder / WEIGHTS_IN_EIGHT_BITS, arrays)
    own, shared = places(folder / WEIGHTS_IN_EIGHT_BITS), places(folder / WEIGHTS)

    def weights(name: str) -> TensorProto:
        if name in own:
            return reference(name, own[name], file=WEIGHTS_IN_EIGHT_BITS)
        return reference(name, shared[f"embedder.{name}"], file=WEIGHTS)

    path = folder / "embedder.int8.onnx"
    path.write_bytes(draw(network.config, weights, in_eight_bits=True).SerializeToString())
    _check(network, path)


def _check(network: Vggish, path: Path) -> None:
    batch = patches_like(3)
    (found,) = Network(path, inputs=("patches",), outputs=("embeddings",)).run(batch.numpy())
    with torch.no_grad():
        wanted = network(batch).numpy()
    error = float(np.sqrt(np.mean((found - wanted) ** 2)))
    if not error <= TOLERANCE * float(wanted.std()):  # nor if it is not a number
        raise ModelError(f"{path} differs from PyTorch by {error:.2g}, which is too much")
