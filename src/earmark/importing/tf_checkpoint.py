"""Google's ``vggish_model.ckpt``, through TensorFlow's own reader; needed for this step only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from earmark.errors import ModelError, first_line
from earmark.importing.arrays import NamedArrays

__all__ = ["is_checkpoint", "read_checkpoint"]

_PIECE = re.compile(r"\.(index|meta|data-\d{5}-of-\d{5})$")
"""What TensorFlow appends to a checkpoint's name, since it puts one into several files."""


def is_checkpoint(path: Path) -> bool:
    """Whether a path is a TensorFlow checkpoint's: a file, or what its files' names begin with."""
    return path.suffix == ".ckpt" or _index(path).is_file()


def read_checkpoint(path: Path) -> NamedArrays:
    """Open a checkpoint, of the older kind (one file, as Google's) or the newer (several).

    Parameters
    ----------
    path : Path
        The file, what its files' names begin with, or one of them.

    Raises
    ------
    ModelError
        If there is none, it is damaged, or TensorFlow is not installed.
    """
    if not path.is_file() and not _index(path).is_file():
        raise ModelError(f"there is no checkpoint {path}")
    prefix = Path(_PIECE.sub("", str(path)))
    train = _tensorflow(path)
    try:
        reader = train.load_checkpoint(str(prefix))
        shapes = {name: tuple(shape) for name, shape in reader.get_variable_to_shape_map().items()}
    except Exception as error:  # TensorFlow has its own tree of errors, and raises others too
        raise ModelError(f"{path} is no checkpoint, or damaged: {first_line(error)}") from error

    def read(name: str) -> Any:
        try:
            return reader.get_tensor(name)
        except Exception as error:  # as above
            raise ModelError(f"{path}: the array {name} is damaged: {first_line(error)}") from error

    return NamedArrays(path, shapes, read)


def _index(path: Path) -> Path:
    return Path(f"{_PIECE.sub('', str(path))}.index")


def _tensorflow(path: Path) -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _silence():
            from tensorflow import train
    except ImportError as error:
        raise ModelError(
            f"{path} is a checkpoint of TensorFlow, and only TensorFlow reads those: "
            "pip install 'earmark[tensorflow]', which is needed for this step alone"
        ) from error
    return train


@contextmanager
def _silence() -> Iterator[None]:
    """Keep off stderr what TensorFlow's C++ writes there when it is imported, whatever one asks."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
