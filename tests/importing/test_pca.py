"""The parameters of the PCA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earmark.errors import ModelError
from earmark.importing.pca import PcaParameters, is_pca, read_pca

GOOD = {"pca_eigen_vectors": np.eye(128), "pca_means": np.zeros(128)}


def save(path: Path, arrays: dict[str, Any]) -> Path:
    np.savez(path, **arrays)
    return path


def test_googles(shared_data: Path) -> None:
    path = shared_data / "vggish" / "vggish_pca_params.npz"
    assert is_pca(path)
    found = read_pca(path)
    assert found.name == "audioset"
    assert found.vectors[127, 65] == pytest.approx(44.999, abs=1e-3)
    rounded = PcaParameters(found.vectors.astype(np.float32), found.means.astype(np.float32))
    assert rounded.name == "audioset"


def test_another_goes_by_its_hash(tmp_path: Path) -> None:
    one = read_pca(save(tmp_path / "p.npz", GOOD))
    other = read_pca(save(tmp_path / "p.npz", {**GOOD, "pca_means": np.ones((128, 1))}))
    assert one.name.startswith("sha256:")
    assert len({one.name, other.name}) == 2
    assert other.means.shape == (128,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pca_means": None}, r"p\.npz: the array pca_means is missing"),
        ({"labels": np.zeros(3)}, r"the array labels of shape \[3\] is no PCA's"),
        (
            {"pca_eigen_vectors": np.eye(64)},
            r"pca_eigen_vectors has shape \[64, 64\], and VGGish's has \[128, 128\]",
        ),
        ({"pca_means": np.full(128, np.inf)}, "pca_means holds what are no finite numbers"),
        ({"pca_means": np.full(128, "x")}, "pca_means holds what are no finite numbers"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    arrays = {name: array for name, array in {**GOOD, **change}.items() if array is not None}
    with pytest.raises(ModelError, match=message):
        read_pca(save(tmp_path / "p.npz", arrays))


def test_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    assert not is_pca(path)
    with pytest.raises(ModelError, match="there is no file"):
        read_pca(path)
    save(path, GOOD)
    path.write_bytes(path.read_bytes()[:200])
    assert not is_pca(path)
    with pytest.raises(ModelError, match=r"no \.npz file, or was cut off"):
        read_pca(path)
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    assert not is_pca(path)
    with pytest.raises(ModelError, match=r"is no \.npz file"):
        read_pca(path)
    save(path, {"frames": np.zeros(3)})
    assert not is_pca(path)
