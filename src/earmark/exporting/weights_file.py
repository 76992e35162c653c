"""The file that weights are kept in, and how an ONNX graph points into it.

Safetensors (https://github.com/huggingface/safetensors): eight bytes that say how long the header
is, the header in JSON, and the arrays one after the other. It is written array by array, so that
large weights are not held twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

__all__ = ["Array", "Place", "places", "reference", "write_weights"]

Array = NDArray[np.float32] | NDArray[np.float16] | NDArray[np.uint8]
"""What a file of weights can hold."""

_SAFETENSORS = {"float32": "F32", "float16": "F16", "uint8": "U8"}
_ONNX = {"F32": TensorProto.FLOAT, "F16": TensorProto.FLOAT16, "U8": TensorProto.UINT8}


@dataclass(frozen=True)
class Place:
    """Where an array is in a file of weights."""

    dtype: str
    """As safetensors names it: ``F32``, ``F16`` or ``U8``."""
    shape: tuple[int, ...]
    start: int
    """Its first byte, from the beginning of the file."""
    length: int
    """In bytes."""


def write_weights(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write arrays by their names; what is read back is the same bit for bit."""
    # Wide numbers first: every array then begins at a multiple of its numbers' size.
    names = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name in names:
        array = arrays[name]
        begin, end = end, end + array.nbytes
        header[name] = {
            "dtype": _SAFETENSORS[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [begin, end],
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in names:
            np.ascontiguousarray(arrays[name]).tofile(file)


def places(path: Path) -> dict[str, Place]:
    """Say where each array is in a file of weights, by name.

    Raises
    ------
    ValueError
        If its header is not in it whole, or no JSON.
    """
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if size > path.stat().st_size - 8:
            raise ValueError(f"{path} is cut off, or no file of weights")
        header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    return {
        name: Place(entry["dtype"], tuple(entry["shape"]), 8 + size + begin, end - begin)
        for name, entry in header.items()
        for begin, end in [entry["data_offsets"]]
    }


def reference(name: str, place: Place, *, file: str) -> TensorProto:
    """Make an initializer for a graph whose numbers are in a file beside it."""
    array = TensorProto(
        name=name,
        data_type=_ONNX[place.dtype],
        dims=place.shape,
        data_location=TensorProto.EXTERNAL,
    )
    where = {"location": file, "offset": place.start, "length": place.length}
    for key, value in where.items():
        array.external_data.add(key=key, value=str(value))
    return array
