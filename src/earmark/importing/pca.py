"""The PCA of AudioSet's postprocessing, from ``vggish_pca_params.npz``."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.embedders.identity import AUDIOSET
from earmark.embedders.session import EMBEDDING_SIZE
from earmark.errors import ModelError
from earmark.importing.arrays import readable

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
    def checked(
        cls, vectors: NDArray[np.float64], means: NDArray[np.float64], *, where: str
    ) -> PcaParameters:
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
            if array.dtype.kind != "f" or not np.isfinite(array).all():
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
        with np.load(path, allow_pickle=False) as file:
            return isinstance(file, np.lib.npyio.NpzFile) and VECTORS in file.files
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return False


def read_pca(path: Path) -> PcaParameters:
    """Read the parameters of a PCA.

    Raises
    ------
    ModelError
        If there is no such file, it is damaged, or an array is missing, of another shape or one
        too many.
    """
    try:
        with np.load(readable(path), allow_pickle=False) as file:
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise ModelError(f"{path} holds one array: {VECTORS} and {MEANS} are due")
            names = set(file.files)
            for name in _SHAPES:
                if name not in names:
                    raise ModelError(f"{path}: the array {name} is missing")
            for name in sorted(names - set(_SHAPES)):
                raise ModelError(
                    f"{path}: the array {name} of shape {list(file[name].shape)} is no PCA's"
                )
            # The means are a column in some copies of the file.
            return PcaParameters.checked(file[VECTORS], np.ravel(file[MEANS]), where=str(path))
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} is no .npz file, or damaged: {error}") from error
