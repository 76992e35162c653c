"""Which of several files is what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from earmark.errors import UsageError
from earmark.importing.pca import is_pca
from earmark.importing.tf_checkpoint import is_checkpoint

__all__ = ["Files", "sort"]

What = Literal["embedder", "pca", "classifier"]


@dataclass(frozen=True, kw_only=True)
class Files:
    """What a tagger is made of."""

    embedder: Path | None = None
    """VGGish's weights: TensorFlow's checkpoint, ``.pth`` or ``.npz``."""
    pca: Path | None = None
    """The PCA: ``.npz``."""
    classifier: Path | None = None
    """The classifier: HDF5 or ``.keras``."""
    without_pca: bool = False
    """Whether there is said to be none."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the files are called, without their folders."""
        given = (self.embedder, self.pca, self.classifier)
        return tuple(path.name for path in given if path is not None)


def sort(
    paths: Sequence[Path],
    *,
    pca: Path | None = None,
    classifier: Path | None = None,
    without_pca: bool = False,
) -> Files:
    """Tell by their names, and `.npz` by what is in them, which of several files is what.

    Parameters
    ----------
    paths : sequence of Path
        The files.
    pca, classifier : Path, optional
        Those that are known already.
    without_pca : bool
        Whether there is said to be no PCA.

    Raises
    ------
    UsageError
        If a file's name says nothing, there are two of a kind, or none at all.
    """
    found: dict[What, Path] = {}
    if pca is not None:
        found["pca"] = pca
    if classifier is not None:
        found["classifier"] = classifier
    for path in paths:
        what = _what(path)
        if what in found:
            raise UsageError(f"{found[what]} and {path} are both {_NAMES[what]}: give one")
        found[what] = path
    if "embedder" not in found and "classifier" not in found:
        raise UsageError(
            "a tagger is made of VGGish's weights (a TensorFlow checkpoint, .pth or .npz), "
            "a classifier (.h5 or .keras), or both: give their files"
        )
    if without_pca and "pca" in found:
        raise UsageError(f"--pca none, and {found['pca']} is a PCA: leave one of them out")
    return Files(without_pca=without_pca, **found)


_NAMES: dict[What, str] = {
    "embedder": "weights of VGGish",
    "pca": "a PCA",
    "classifier": "a classifier",
}


def _what(path: Path) -> What:
    suffix = path.suffix.lower()
    if suffix in (".h5", ".hdf5", ".keras"):
        return "classifier"
    if suffix == ".npz":
        return "pca" if is_pca(path) else "embedder"
    if suffix in (".pth", ".pt") or is_checkpoint(path):
        return "embedder"
    raise UsageError(
        f"{path}: its name does not say what it is; .ckpt, .pth and .npz are VGGish's weights, "
        ".npz may be a PCA, and .h5 and .keras are classifiers"
    )
