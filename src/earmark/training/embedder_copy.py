"""Puts a tagger's embedder beside a new classifier, so that the two are a whole tagger."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto

from earmark.bundle import Bundle
from earmark.errors import DataError
from earmark.exporting.tagger_folder import WEIGHTS
from earmark.exporting.weights_file import Array, Place, places, reference, write_weights

__all__ = ["copy_embedder", "repoint"]

_TYPES = {"F32": np.float32, "F16": np.float16, "U8": np.uint8}


def copy_embedder(source: Path, folder: Path) -> None:
    """Copy the embedder of one tagger's folder into another that has a classifier alone.

    Both share one file of weights, so that is written anew and both graphs point into the new one.

    Parameters
    ----------
    source : Path
        A tagger's folder, with an embedder.
    folder : Path
        A tagger's folder, with a classifier alone, as `export_tagger` writes it.

    Raises
    ------
    ModelError
        If the source has no embedder.
    DataError
        If one of its files is not as it should be.
    """
    bundle = Bundle.read(source)
    bundle.require_embedder()
    old, new = source / WEIGHTS, folder / WEIGHTS
    # A graph may have its weights in itself.
    theirs = _places(old) if old.exists() else {}
    ours = places(new)
    arrays = {name: _array(old, place) for name, place in theirs.items() if _is_embedders(name)}
    arrays |= {name: _array(new, place) for name, place in ours.items()}
    merged = folder / f".{WEIGHTS}"
    write_weights(merged, arrays)
    found = places(merged)
    for graph in folder.glob("*classifier.onnx"):
        repoint(graph, graph, ours, found)
    merged.replace(new)
    for path in sorted(source.glob("embedder*")):
        if path.suffix == ".onnx":
            repoint(path, folder / path.name, theirs, found)
        else:
            shutil.copyfile(path, folder / path.name)


def repoint(graph: Path, to: Path, old: dict[str, Place], new: dict[str, Place]) -> None:
    """Write a graph whose references into one file of weights go into another.

    Parameters
    ----------
    graph, to : Path
        The graph, and where to write it: beside the other file.
    old, new : dict of str to Place
        Where each of the weights is, in one file and the other.

    Raises
    ------
    DataError
        If it refers to weights that either does not have.
    """
    model = onnx.load(graph, load_external_data=False)
    names = {place.start: name for name, place in old.items()}
    for index, array in enumerate(model.graph.initializer):
        if array.data_location != TensorProto.EXTERNAL:
            continue
        where = {entry.key: entry.value for entry in array.external_data}
        if where.get("location") != WEIGHTS:
            continue
        name = names.get(int(where.get("offset", -1)))
        if name is None or name not in new:
            raise DataError(f"{graph} points to weights that {WEIGHTS} does not have")
        model.graph.initializer[index].CopyFrom(reference(array.name, new[name], file=WEIGHTS))
    to.write_bytes(model.SerializeToString())


def _is_embedders(name: str) -> bool:
    return not name.startswith("classifier.")


def _places(path: Path) -> dict[str, Place]:
    try:
        return places(path)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} cannot be read, so its embedder cannot be copied") from error


def _array(path: Path, place: Place) -> Array:
    found: Array = np.fromfile(
        path,
        dtype=_TYPES[place.dtype],
        count=place.length // np.dtype(_TYPES[place.dtype]).itemsize,
        offset=place.start,
    ).reshape(place.shape)
    return found
