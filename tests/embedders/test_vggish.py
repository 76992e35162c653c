"""The network of VGGish."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from vggish_weights import NARROW, narrow, patches

from earmark.embedders.vggish import Vggish, VggishConfig


def test_it_has_as_many_weights_as_googles() -> None:
    with torch.device("meta"):  # takes no memory
        network = Vggish()
    assert sum(parameter.numel() for parameter in network.parameters()) == 72_141_184
    names = [name for name in network.state_dict() if name.endswith("weight")]
    assert names == [
        *(f"features.{at}.weight" for at in (0, 3, 6, 8, 11, 13)),
        *(f"embeddings.{at}.weight" for at in (0, 2, 4)),
    ]
    assert network.state_dict()["embeddings.0.weight"].shape == (4096, 12288)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_shape(n: int) -> None:
    with torch.no_grad():
        assert narrow()(patches(n)).shape == (n, 128)


def test_the_variants_differ_by_a_relu() -> None:
    with torch.no_grad():
        plain, cut = (narrow(final_relu=relu)(patches(4)) for relu in (False, True))
    assert plain.min() < 0
    torch.testing.assert_close(cut, plain.clamp(min=0))


def test_maps_are_laid_flat_with_channels_last() -> None:
    network = narrow()
    flat: list[torch.Tensor] = []
    maps: list[torch.Tensor] = []
    network.features.register_forward_hook(lambda *seen: maps.append(seen[2]))
    network.embeddings.register_forward_pre_hook(lambda _, seen: flat.append(seen[0]))
    with torch.no_grad():
        network(patches(2))
    assert maps[0].shape == (2, NARROW[-1], 6, 4)
    time, mel, channel = 2, 3, 5
    at = (time * 4 + mel) * NARROW[-1] + channel
    torch.testing.assert_close(flat[0][:, at], maps[0][:, channel, time, mel])


def test_pca_is_the_last_step() -> None:
    with_pca, without = narrow(pca=True), narrow()
    without.load_state_dict(with_pca.state_dict(), strict=False)
    assert with_pca.pca is not None
    vectors, means = with_pca.pca.vectors.numpy(), with_pca.pca.means.numpy()
    with torch.no_grad():
        found, embeddings = with_pca(patches(3)).numpy(), without(patches(3)).numpy()
    wanted = np.stack([vectors @ (embedding - means) for embedding in embeddings])
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_sizes_can_be_chosen() -> None:
    assert VggishConfig().flat == 12288
    assert VggishConfig(widths=NARROW).flat == 6 * 4 * NARROW[-1]
