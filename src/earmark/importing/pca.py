"""The PCA of AudioSet's postprocessing, from ``vggish_pca_params.npz``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.embedders.identity import AUDIOSET
from earmark.embedders.session import EMBEDDING_SIZE
from earmark.errors import ModelError
from earmark.importing.arrays import Array, read_npz

__all__ = ["PcaParameters", "is_pca", "read_pca"]

VECTORS, MEANS = "pca_eigen_vectors", "pca_means"
_GOOGLES = "d14f0dac60f9"
_SHAPES = {VECTORS: (EMBEDDING_SIZE, EMBEDDING_SIZE), MEANS: (EMBEDDING_SIZE,)}


@dataclass(frozen=True)
class PcaParameters:
    """What turns embeddings: ``vectors @ (x - means)``."""

    vectors: NDArray[np.float64]
    """float64 [128, 128], a row for each number that comes out."""
    means: NDArray[np.float64]
    """float64 [128]."""

    @classmethod
    def checked(cls, vectors: Array, means: Array, *, where: str) -> PcaParameters:
        """Make them of arrays that may be something else.

        Raises
        ------
        ModelError
            If one has another shape or holds what is no number.
        """
        for name, array in {VECTORS: vectors, MEANS: means}.items():
            if array.shape != _SHAPES[name]:
                raise ModelError(
                    f"{where}: {name} has shape {list(array.shape)}, and VGGish's has "
                    f"{list(_SHAPES[name])}"
                )
            if array.dtype.kind != "f" or not np.isfinite(np.asarray(array, np.float64)).all():
                raise ModelError(f"{where}: {name} holds what are no finite numbers")
        return cls(np.asarray(vectors, np.float64), np.asarray(means, np.float64))

    @property
    def name(self) -> str:
        """How an identity names it: AudioSet's own by that name, others by a part of their hash."""
        rounded = np.concatenate([self.vectors.ravel(), self.means]).astype("<f4")
        found = hashlib.sha256(rounded.tobytes()).hexdigest()[: len(_GOOGLES)]
        return AUDIOSET.pca or "" if found == _GOOGLES else f"sha256:{found}"


def is_pca(path: Path) -> bool:
    """Whether a file is an ``.npz`` with the arrays of a PCA."""
    try:
        return VECTORS in read_npz(path).shapes
    except ModelError:
        return False


def read_pca(path: Path) -> PcaParameters:
    """Read the parameters of a PCA.

    Raises
    ------
    ModelError
        If there is no such file, it is damaged, or an array is missing, of another shape or one
        too many.
    """
    stored = read_npz(path)
    for name in _SHAPES:
        if name not in stored.shapes:
            raise ModelError(f"{path}: the array {name} is missing")
    for name, shape in stored.shapes.items():
        if name not in _SHAPES:
            raise ModelError(f"{path}: the array {name} of shape {list(shape)} is no PCA's")
    vectors, means = stored.read(VECTORS), stored.read(MEANS)
    # The means are a column in some copies of the file.
    return PcaParameters.checked(vectors, np.ravel(means), where=str(path))
