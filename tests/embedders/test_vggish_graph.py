"""VGGish's graph, against its module."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper
from vggish_weights import narrow, patches

from earmark.embedders.session import Network
from earmark.embedders.vggish import Vggish
from earmark.embedders.vggish_graph import CONVOLUTIONS, WIDE, draw, eight_bits, transformed


def opened(network: Vggish, path: Path, *, in_eight_bits: bool = False) -> Network:
    """Write the graph with its weights inside, and open it."""
    arrays: dict[str, NDArray[np.generic]] = {
        name: value.numpy() for name, value in network.state_dict().items()
    }
    for name in CONVOLUTIONS:
        arrays |= transformed(name, network.state_dict()[f"{name}.weight"].numpy())
    if in_eight_bits:
        for name in WIDE:
            weight, scale = eight_bits(network.state_dict()[f"{name}.weight"].numpy())
            arrays |= {f"{name}.weight": weight, f"{name}.scale": scale}

    def weights(name: str) -> TensorProto:
        return numpy_helper.from_array(arrays[name], name)

    model = draw(network.config, weights, in_eight_bits=in_eight_bits)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())
    return Network(path, inputs=("patches",), outputs=("embeddings",))


def computed(network: Vggish, batch: torch.Tensor) -> NDArray[np.float32]:
    with torch.no_grad():
        found: NDArray[np.float32] = network(batch).numpy()
    return found


@pytest.mark.parametrize("pca", [False, True])
@pytest.mark.parametrize("final_relu", [False, True])
def test_it_computes_what_the_module_computes(tmp_path: Path, final_relu: bool, pca: bool) -> None:
    network = narrow(final_relu=final_relu, pca=pca)
    graph = opened(network, tmp_path / "e.onnx")
    for n in (1, 2, 9):
        batch = patches(n, seed=n)
        (found,) = graph.run(batch.numpy())
        wanted = computed(network, batch)
        assert np.abs(found - wanted).max() <= 1e-5 * np.abs(wanted).max()
        assert (found.min() < 0) == (not final_relu or pca)


def test_in_eight_bits_it_computes_almost_the_same(tmp_path: Path) -> None:
    network = narrow(final_relu=False)
    batch = patches(16)
    (found,) = opened(network, tmp_path / "e.onnx", in_eight_bits=True).run(batch.numpy())
    wanted = computed(network, batch)
    error = found - wanted
    assert 0 < error.std() < 0.03 * wanted.std()
    assert abs(error.mean()) < 0.01 * wanted.std()  # steps are rounded to the nearest


def test_in_eight_bits_no_patch_depends_on_its_neighbours(tmp_path: Path) -> None:
    graph = opened(narrow(), tmp_path / "e.onnx", in_eight_bits=True)
    batch = patches(4).numpy()
    batch[2] *= 5
    (together,) = graph.run(batch)
    alone = np.concatenate([graph.run(batch[at : at + 1])[0] for at in range(4)])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_in_eight_bits_nothing_at_all_is_no_trouble(tmp_path: Path) -> None:
    network = narrow()
    for parameter in network.features.parameters():
        parameter.data.zero_()
    batch = patches(2)
    (found,) = opened(network, tmp_path / "e.onnx", in_eight_bits=True).run(batch.numpy())
    wanted = computed(network, batch)
    np.testing.assert_allclose(found, wanted, atol=0.03 * wanted.max())


def test_eight_bits_are_off_by_half_a_step_at_most() -> None:
    weight = np.random.default_rng(0).normal(size=(5, 40)).astype(np.float32)
    weight[3] = 0
    found, scale = eight_bits(weight)
    assert found.shape == (40, 5)
    assert found.dtype == np.uint8
    back = (found.astype(np.float32) - 128) * scale
    assert (np.abs(back.T - weight) <= scale[:, None] / 2 + 1e-6).all()
    assert (back.T[3] == 0).all()
