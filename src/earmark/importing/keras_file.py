"""What a file that Keras wrote holds, in any of the ways that it has of laying it out.

====================  ===========================================================================
weights alone         attribute ``layer_names``; for each a group with ``weight_names``
a whole model         the same in the group ``model_weights``, and attribute ``model_config``
``.weights.h5``       ``layers/dense_3/vars/0``: classes in snake case, and numbers, for names
``.keras``            a zip archive of such a ``model.weights.h5`` and of ``config.json``
====================  ===========================================================================
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import numpy as np

from earmark.errors import ModelError
from earmark.importing.keras_layers import DENSE, NORM, Layer, check_layer

__all__ = ["Stored", "open_stored"]

LARGEST_MEMBER = 2**30
"""Bytes that one file in a ``.keras`` archive may unpack to."""
CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
"""What the group of all layers is called in ``.weights.h5``, now and at first."""
BROKEN = (AttributeError, KeyError, OSError, RuntimeError, TypeError, ValueError)
"""What h5py raises when it meets broken bytes."""
SNAKES = {"dense": DENSE, "batch_normalization": NORM}

Arrays = dict[str, h5py.Dataset]


@dataclass(frozen=True)
class Stored:
    """What a file holds, while it is open."""

    path: Path
    model: dict[str, Any] | None
    """The model as Keras describes it, where the file does."""
    arrays: tuple[tuple[str, Arrays], ...]
    """The layers that have weights, by name, in the order in which Keras lists them."""

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The same, checked.

        Raises
        ------
        ModelError
            If an array is missing, is one too many, or is none that such a layer can have.
        """
        return tuple(check_layer(self.path, name, arrays) for name, arrays in self.arrays)


@contextmanager
def open_stored(path: Path) -> Iterator[Stored]:
    """Open a file.

    Raises
    ------
    ModelError
        If there is none, it is damaged, or it is none that Keras wrote.
    """
    try:
        opened = path.open("rb")
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
    with opened:
        source, model = _unpack(path, opened)
        try:
            file = h5py.File(source, "r")
        except BROKEN as error:
            raise ModelError(_why_not_opened(path, error)) from error
        with file:
            try:
                yield _read(path, file, model)
            except BROKEN as error:
                raise ModelError(f"{path} is damaged: {error}") from error


def _why_not_opened(path: Path, error: Exception) -> str:
    truncated = re.search(r"eof = (\d+).*stored_eof = (\d+)", str(error))
    if truncated:
        return f"{path} is cut off: {truncated[1]} of its {truncated[2]} bytes are there"
    return f"{path} is no HDF5 file, which is what Keras writes: {error}"


def _unpack(path: Path, opened: BinaryIO) -> tuple[BinaryIO, str | None]:
    """Take the two files that matter out of a ``.keras`` archive; leave any other file be."""
    is_archive = opened.read(4) == b"PK\x03\x04"
    opened.seek(0)
    if not is_archive:
        return opened, None
    try:
        with zipfile.ZipFile(opened) as archive:
            members = [archive.getinfo(name) for name in ("model.weights.h5", "config.json")]
            if any(member.file_size > LARGEST_MEMBER for member in members):
                raise ModelError(f"{path} unpacks to more than a classifier can be")
            weights, model = (archive.read(member) for member in members)
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, EOFError) as error:
        raise ModelError(f"{path} is a zip archive, and no model of Keras: {error}") from error
    return io.BytesIO(weights), model.decode("utf-8", "replace")


def _read(path: Path, file: h5py.File, text: str | None) -> Stored:
    text = text or _text(file.attrs.get("model_config"))
    model = None if text is None else _parse(path, text)
    weights = file.get("model_weights", file)
    container = next((name for name in CONTAINERS if name in file), None)
    if any(name.startswith("layer_names") for name in weights.attrs):
        found = _named(path, weights)
    elif container is not None:
        found = _numbered(file[container], names=_names_by_class(model))
    else:
        seen = ", ".join(sorted(file)[:5]) or "nothing at all"
        raise ModelError(
            f"{path} is HDF5, but no model or weights of Keras: it lists no layers, but holds "
            f"{seen}"
        )
    return Stored(path, model, tuple((name, arrays) for name, arrays in found if arrays))


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        model = json.loads(text)
    except ValueError as error:
        raise ModelError(f"{path}: its description of the model is damaged: {error}") from error
    if not isinstance(model, dict):
        raise ModelError(f"{path}: its description of the model describes none")
    return model


def _named(path: Path, weights: h5py.Group) -> list[tuple[str, Arrays]]:
    """Read the layout in which attributes list the layers, and each layer's arrays."""
    layers: list[tuple[str, Arrays]] = []
    listed: set[str] = set()
    for layer in _names(weights, "layer_names"):
        if layer not in weights:
            raise ModelError(f"{path}: the layer {layer} is listed and is not there")
        arrays: Arrays = {}
        for name in _names(weights[layer], "weight_names"):
            if name not in weights[layer]:
                raise ModelError(f"{path}: the array {name} is listed and is not there")
            array = weights[layer][name]
            arrays[re.sub(r":\d+$", "", name.rpartition("/")[2])] = array
            listed.add(array.name)
        layers.append((layer, arrays))
    for array in _arrays(weights):
        if array.name not in listed:
            raise ModelError(
                f"{path} holds {array.name} of shape {list(array.shape)}, which is one array too "
                "many: no layer lists it"
            )
    return layers


def _names(group: h5py.Group, attribute: str) -> list[str]:
    """Read a list of names, which Keras cuts into several attributes if it is long."""
    if attribute in group.attrs:
        pieces = [group.attrs[attribute]]
    else:
        count = sum(re.fullmatch(rf"{attribute}\d+", name) is not None for name in group.attrs)
        pieces = [group.attrs[f"{attribute}{number}"] for number in range(count)]
    return [_text(name) or "" for piece in pieces for name in np.atleast_1d(piece)]


def _text(value: object) -> str | None:
    """Text as old h5py stored it, or new."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)


def _arrays(group: h5py.Group) -> list[h5py.Dataset]:
    found: list[h5py.Dataset] = []
    group.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
    return found


def _numbered(container: h5py.Group, *, names: dict[str, str]) -> list[tuple[str, Arrays]]:
    """Read the layout in which layers are numbered by class, and so is what is in them."""
    found: list[tuple[str, Arrays]] = []
    for stored in sorted(container, key=_by_number):
        arrays = container[stored].get("vars", {})
        kind: Sequence[str] = SNAKES.get(_by_number(stored)[0], ())
        called = [*kind, *(str(number) for number in range(len(kind), len(arrays)))]
        numbers = sorted(arrays, key=_by_number)
        found.append(
            (
                names.get(stored, stored),
                {name: arrays[number] for name, number in zip(called, numbers, strict=False)},
            )
        )
    return found


def _names_by_class(model: dict[str, Any] | None) -> dict[str, str]:
    """What the model calls its layers, by their numbers within their classes."""
    names: dict[str, str] = {}
    seen: Counter[str] = Counter()
    settings = model.get("config") if model else None
    for layer in settings.get("layers", []) if isinstance(settings, dict) else []:
        snake = {"Dense": "dense", "BatchNormalization": "batch_normalization"}.get(
            layer.get("class_name")
        )
        if snake is not None:
            number = seen[snake]
            names[f"{snake}_{number}" if number else snake] = str(layer["config"]["name"])
            seen[snake] += 1
    return names


def _by_number(name: str) -> tuple[str, int]:
    """Sort ``dense_10`` behind ``dense_9``, and both behind ``dense``."""
    stem, _, number = name.rpartition("_")
    return (stem, int(number)) if number.isdecimal() else (name, 0)
