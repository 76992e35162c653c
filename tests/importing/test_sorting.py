"""Which of several files is what."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from earmark.errors import UsageError
from earmark.importing.sorting import Files, sort


@pytest.fixture
def pca(tmp_path: Path) -> Path:
    path = tmp_path / "params.npz"
    np.savez(path, pca_eigen_vectors=np.eye(128), pca_means=np.zeros(128))
    return path


@pytest.mark.parametrize("name", ["vggish_model.ckpt", "vggish.pth", "w.PT", "weights.npz"])
def test_files_go_by_their_names_and_by_what_is_in_them(pca: Path, name: str) -> None:
    weights, classifier = Path(name), Path("classifier_model.h5")
    found = sort([classifier, pca, weights])
    assert found == Files(embedder=weights, pca=pca, classifier=classifier)
    assert found.names == (name, "params.npz", "classifier_model.h5")


def test_a_checkpoint_of_several_files_goes_by_what_their_names_begin_with(tmp_path: Path) -> None:
    (tmp_path / "model-100.index").touch()
    for name in ("model-100", "model-100.index", "model-100.data-00000-of-00001"):
        assert sort([tmp_path / name]).embedder == tmp_path / name


def test_options_say_it_too(pca: Path) -> None:
    found = sort([Path("a.ckpt")], pca=pca, classifier=Path("strange.bin"))
    assert found.classifier == Path("strange.bin")
    assert found.pca == pca


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a.ckpt", "b.pth"], r"a\.ckpt and b\.pth are both weights of VGGish: give one"),
        (["a.h5", "b.keras"], "are both a classifier"),
        (["a.ckpt", "notes.txt"], r"notes\.txt: its name does not say what it is"),
        ([], "a tagger is made of VGGish's weights"),
    ],
)
def test_what_cannot_be_sorted(names: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        sort([Path(name) for name in names])


def test_a_pca_alone_is_no_tagger(pca: Path) -> None:
    with pytest.raises(UsageError, match="a tagger is made of"):
        sort([pca])
    with pytest.raises(UsageError, match="are both a PCA"):
        sort([Path("a.ckpt"), pca], pca=pca)
    with pytest.raises(UsageError, match=r"--pca none, and .*params\.npz is a PCA"):
        sort([Path("a.ckpt"), pca], without_pca=True)
