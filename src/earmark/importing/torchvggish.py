"""The ``.pth`` of torchvggish, and of whoever saved its state dict: weights by PyTorch's names."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from earmark.errors import ModelError, first_line
from earmark.importing.arrays import NamedArrays, readable
from earmark.importing.pca import PcaParameters

__all__ = ["StateDict", "read_pth"]

_PCA = ("pproc.pca_eigen_vectors", "pproc.pca_means")
"""Where torchvggish keeps the PCA, in a state dict of a model that was made with it."""


@dataclass(frozen=True)
class StateDict:
    """What a ``.pth`` holds."""

    arrays: NamedArrays
    """The network's weights."""
    pca: PcaParameters | None
    """The PCA, where it is kept with them."""


def read_pth(path: Path) -> StateDict:
    """Open a state dict that PyTorch saved. No code in it is run.

    Raises
    ------
    ModelError
        If there is no such file, it is damaged, or holds something else than arrays by name.
    """
    # Files of before 2020 are no zip archives and cannot be mapped into memory.
    mapped = zipfile.is_zipfile(readable(path))
    try:
        found = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except Exception as error:  # PyTorch raises what its pickle, zip and storage readers raise
        reason = first_line(error)
        raise ModelError(f"{path} is no state dict of PyTorch, or damaged: {reason}") from error
    if not isinstance(found, dict) or not found:
        raise ModelError(f"{path} holds no arrays by name: save the network's state_dict()")
    for name, value in found.items():
        if not isinstance(value, Tensor):
            raise ModelError(
                f"{path}: {name} is a {type(value).__name__} and no array: "
                "save the network's state_dict() by itself"
            )
    pca = None
    if all(name in found for name in _PCA):
        vectors, means = (found.pop(name).double().numpy() for name in _PCA)
        pca = PcaParameters.checked(vectors, np.ravel(means), where=str(path))
    shapes = {str(name): tuple(value.shape) for name, value in found.items()}
    arrays = NamedArrays(path, shapes, lambda name: found[name].detach().float().numpy())
    return StateDict(arrays, pca)
