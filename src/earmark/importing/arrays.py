"""VGGish's weights as named arrays, from whoever trained them, checked and put into our network.

The same nine layers go by two sets of names:

===================== ======================== ==================================================
layer                 TensorFlow's (Google's)  PyTorch's (torchvggish's, and ours)
===================== ======================== ==================================================
first convolution     ``vggish/conv1``         ``features.0``
fourth convolution    ``vggish/conv3/conv3_2`` ``features.8``
first dense layer     ``vggish/fc1/fc1_1``     ``embeddings.0``
last dense layer      ``vggish/fc2``           ``embeddings.4``
===================== ======================== ==================================================

TensorFlow calls a layer's arrays ``weights`` [height, width, in, out] or [in, out], and ``biases``;
PyTorch ``weight`` [out, in, height, width] or [out, in], and ``bias``.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from earmark.embedders.vggish import Vggish
from earmark.errors import ModelError

__all__ = ["Array", "NamedArrays", "fill", "read_npz", "readable"]

LAYERS = {
    "vggish/conv1": "features.0",
    "vggish/conv2": "features.3",
    "vggish/conv3/conv3_1": "features.6",
    "vggish/conv3/conv3_2": "features.8",
    "vggish/conv4/conv4_1": "features.11",
    "vggish/conv4/conv4_2": "features.13",
    "vggish/fc1/fc1_1": "embeddings.0",
    "vggish/fc1/fc1_2": "embeddings.2",
    "vggish/fc2": "embeddings.4",
}
BROKEN = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
"""What NumPy raises when it meets broken bytes in an ``.npz``."""
_PARTS = {"weights": "weight", "biases": "bias"}
_BOOKKEEPING = re.compile(r"global_step|beta[12]_power|save_counter|_CHECKPOINTABLE_OBJECT_GRAPH")
"""What a training leaves in a checkpoint beside the weights and what it notes of each of them."""

Array = NDArray[np.generic]
"""Of whatever kind a file holds."""


@dataclass(frozen=True)
class NamedArrays:
    """Arrays in a file, to be read one at a time."""

    path: Path
    """The file, for errors."""
    shapes: Mapping[str, tuple[int, ...]]
    """What it holds."""
    read: Callable[[str], Array]
    """Reads one of them."""


def readable(path: Path) -> Path:
    """Return a path that is a file's.

    Raises
    ------
    ModelError
        If there is no such file.
    """
    if path.is_dir():
        raise ModelError(f"{path} is a folder, and weights are in a file")
    if not path.is_file():
        raise ModelError(f"there is no file {path}")
    return path


def read_npz(path: Path) -> NamedArrays:
    """Open an ``.npz`` of named arrays, by TensorFlow's names or PyTorch's.

    Raises
    ------
    ModelError
        If there is no such file, or it is no ``.npz`` or damaged.
    """
    if not zipfile.is_zipfile(readable(path)):  # which NumPy would take for something else
        raise ModelError(f"{path} is no .npz file, or was cut off")
    try:
        # Kept open: arrays are read when they are asked for, and the largest is 200 MB.
        file: np.lib.npyio.NpzFile = np.load(path, allow_pickle=False)
        shapes = {name: _shape(file, name) for name in file.files}
    except BROKEN as error:
        raise ModelError(f"{path} is no .npz file, or damaged: {error}") from error

    def read(name: str) -> Array:
        try:
            found: Array = file[name]
        except BROKEN as error:
            raise ModelError(f"{path}: the array {name} is damaged: {error}") from error
        return found

    return NamedArrays(path, shapes, read)


def fill(network: Vggish, stored: NamedArrays) -> None:
    """Put weights into a network.

    Parameters
    ----------
    network : Vggish
        Of which everything but the PCA is replaced.
    stored : NamedArrays
        Arrays by TensorFlow's names or PyTorch's.

    Raises
    ------
    ModelError
        If an array is missing, is none of VGGish's, has another shape or type, or holds what is no
        number; the sentence names the array, and both shapes.
    """
    tensorflow = any(name.startswith("vggish/") for name in stored.shapes)
    targets = _targets(network, tensorflow=tensorflow)
    _check_names(stored, targets)
    for name, target in targets.items():
        wanted = _tensorflows(target.shape) if tensorflow else tuple(target.shape)
        if stored.shapes[name] != wanted:
            raise ModelError(
                f"{stored.path}: {name} has shape {list(stored.shapes[name])}, and VGGish's has "
                f"{list(wanted)}"
            )
    for name, target in targets.items():
        array = stored.read(name)
        if array.dtype.kind != "f":
            raise ModelError(f"{stored.path}: {name} holds {array.dtype}, and weights are float32")
        value = torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))
        target.data.copy_(_turned(value) if tensorflow else value)
        if not target.isfinite().all():
            raise ModelError(f"{stored.path}: {name} holds numbers that are not finite")


def _targets(network: Vggish, *, tensorflow: bool) -> dict[str, torch.nn.Parameter]:
    """The network's weights, by the names they have in the file."""
    own = dict(network.named_parameters())
    if not tensorflow:
        return own
    return {
        f"{theirs}/{part}": own[f"{ours}.{our_part}"]
        for theirs, ours in LAYERS.items()
        for part, our_part in _PARTS.items()
    }


def _check_names(stored: NamedArrays, targets: Iterable[str]) -> None:
    due = list(targets)
    missing = [name for name in due if name not in stored.shapes]
    if missing:
        least = next(iter(stored.shapes), "nothing")
        raise ModelError(
            f"{stored.path}: the array {missing[0]} is missing, one of {len(missing)} of VGGish's "
            f"{len(due)} (it holds {len(stored.shapes)} arrays, such as {least})"
        )
    for name, shape in stored.shapes.items():
        noted = any(name.startswith(f"{known}/") for known in due)
        if name not in due and not noted and not _BOOKKEEPING.fullmatch(name):
            raise ModelError(
                f"{stored.path}: the array {name} of shape {list(shape)} is none of VGGish's"
            )


def _turned(value: torch.Tensor) -> torch.Tensor:
    """From TensorFlow's order of sides to PyTorch's."""
    return value.permute(3, 2, 0, 1) if value.ndim == 4 else value.T if value.ndim == 2 else value


def _tensorflows(shape: Sequence[int]) -> tuple[int, ...]:
    """The shape that TensorFlow has for one of PyTorch's."""
    return (*shape[2:], *shape[1::-1]) if len(shape) == 4 else tuple(shape[::-1])


def _shape(file: np.lib.npyio.NpzFile, name: str) -> tuple[int, ...]:
    """The shape of an array, without reading it."""
    assert file.zip is not None  # as it is once the file is closed
    with file.zip.open(f"{name}.npy") as member:
        version = np.lib.format.read_magic(member)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        return tuple(read(member)[0])
