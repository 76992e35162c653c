"""One layer's arrays in a file that Keras wrote, checked before they are believed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from earmark.errors import ModelError

__all__ = ["DENSE", "NORM", "Layer", "check_layer"]

DENSE = ("kernel", "bias")
NORM = ("gamma", "beta", "moving_mean", "moving_variance")


@dataclass(frozen=True)
class Layer:
    """A layer that has weights; they are in a file that is open."""

    path: Path
    name: str
    kind: tuple[str, ...]
    """`DENSE`, `NORM`, or the names of its arrays if it is another."""
    arrays: dict[str, h5py.Dataset]

    @property
    def width(self) -> int:
        """How many numbers a Dense layer gives."""
        return int(self.arrays["bias"].shape[0])

    def read(self, name: str) -> NDArray[np.float32]:
        """Read an array.

        Raises
        ------
        ModelError
            If it cannot be read, or holds what no weight can be.
        """
        where = f"{self.path}: {self.name}/{name}"
        try:
            values = np.asarray(self.arrays[name][()], dtype=np.float32)
        except (OSError, RuntimeError, ValueError) as error:
            raise ModelError(f"{where} cannot be read, the file is damaged: {error}") from error
        if not np.isfinite(values).all():
            raise ModelError(f"{where} holds numbers that are not finite")
        if name == "moving_variance" and (values < 0).any():
            raise ModelError(f"{where} holds negative numbers, and a variance has none")
        return values


def check_layer(path: Path, name: str, arrays: dict[str, h5py.Dataset]) -> Layer:
    """Take arrays for a layer if they are all there, with as many axes as they should have.

    Raises
    ------
    ModelError
        If one is missing, is one too many, is no plain array, or lies in another file.
    """
    kind = next((kind for kind in (DENSE, NORM) if set(arrays) & set(kind)), tuple(arrays))
    for called, array in arrays.items():
        where = f"{path}: {name}/{called}"
        if not isinstance(array, h5py.Dataset) or array.dtype.kind != "f":
            raise ModelError(f"{where} is no array of floating-point numbers")
        if array.external or array.is_virtual:
            raise ModelError(f"{where} points into another file, which is not followed")
        if called not in kind:
            raise ModelError(
                f"{where} of shape {list(array.shape)} is one array too many beside "
                f"{', '.join(kind)}"
            )
        axes = 2 if called == "kernel" else 1
        if kind in (DENSE, NORM) and array.ndim != axes:
            raise ModelError(
                f"{where} has shape {list(array.shape)}, and one with {axes} "
                f"{'axes' if axes > 1 else 'axis'} is needed"
            )
    for called in kind:
        if called not in arrays:
            shape = list(next(iter(arrays.values())).shape)[-1:]
            wanted = ["?", *shape] if called == "kernel" else shape
            raise ModelError(
                f"{path}: {name}/{called} is missing: an array of shape "
                f"[{', '.join(map(str, wanted))}] is needed there"
            )
    return Layer(path, name, kind, arrays)
