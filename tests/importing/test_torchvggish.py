"""State dicts as torchvggish publishes and saves them."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from vggish_weights import HIDDEN, NARROW, narrow

from earmark.embedders.vggish import Vggish, VggishConfig
from earmark.errors import ModelError
from earmark.importing.arrays import fill
from earmark.importing.torchvggish import read_pth


def filled(path: Path) -> Vggish:
    network = Vggish(VggishConfig(widths=NARROW, hidden=HIDDEN))
    fill(network, read_pth(path).arrays)
    return network


@pytest.mark.parametrize("zipped", [True, False])
def test_weights_of_either_layout(tmp_path: Path, zipped: bool) -> None:
    network = narrow()
    path = tmp_path / "vggish.pth"
    torch.save(network.state_dict(), path, _use_new_zipfile_serialization=zipped)
    found = filled(path)
    for name, value in network.state_dict().items():
        assert torch.equal(found.state_dict()[name], value), name
    assert read_pth(path).pca is None


def test_the_pca_that_is_kept_with_them(tmp_path: Path) -> None:
    path = tmp_path / "vggish.pth"
    vectors, means = torch.eye(128) * 2, torch.arange(128.0).reshape(-1, 1)
    pca = {"pproc.pca_eigen_vectors": vectors, "pproc.pca_means": means}
    torch.save({**narrow().state_dict(), **pca}, path)
    found = read_pth(path).pca
    assert found is not None
    np.testing.assert_array_equal(found.vectors, np.eye(128) * 2)
    np.testing.assert_array_equal(found.means, np.arange(128))
    filled(path)
    torch.save({**narrow().state_dict(), **pca, "pproc.pca_means": torch.zeros(64)}, path)
    with pytest.raises(ModelError, match=r"pca_means has shape \[64\], and VGGish's has \[128\]"):
        read_pth(path)


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ({"state_dict": {"features.0.weight": torch.zeros(1)}}, "state_dict is a dict and no arr"),
        ({}, r"holds no arrays by name: save the network's state_dict\(\)"),
        (torch.zeros(3), "holds no arrays by name"),
        ({"features.0.weight": torch.zeros(4, 1, 3, 3)}, r"array features\.0\.bias is missing"),
        (
            {**narrow().state_dict(), "features.0.weight": torch.zeros(4, 1, 5, 5)},
            r"features\.0\.weight has shape \[4, 1, 5, 5\], and VGGish's has \[4, 1, 3, 3\]",
        ),
        (
            {**narrow().state_dict(), "pproc.pca_means": torch.zeros(128)},
            r"the array pproc\.pca_means of shape \[128\] is none of VGGish's",
        ),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, saved: Any, message: str) -> None:
    path = tmp_path / "vggish.pth"
    torch.save(saved, path)
    with pytest.raises(ModelError, match=message):
        filled(path)


class Owned(nn.Module):
    """Somebody's own class, which a file must not make us run."""

    weight: Tensor


def test_a_whole_module_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vggish.pth"
    torch.save(Owned(), path)
    with pytest.raises(ModelError, match=r"vggish\.pth is no state dict of PyTorch, or damaged: W"):
        read_pth(path)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("kept", [0, 5, 1000, -50])
def test_a_file_that_was_cut_off(tmp_path: Path, zipped: bool, kept: int) -> None:
    path = tmp_path / "vggish.pth"
    torch.save(narrow().state_dict(), path, _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[:kept])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of PyTorch's, on what it takes the rest for
        with pytest.raises(ModelError, match="is no state dict of PyTorch, or damaged"):
            read_pth(path)
