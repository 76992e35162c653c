"""The network of ``compact``: a patch in, 128 numbers out."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from earmark.embedders.compact import Compact, CompactConfig


@pytest.fixture(scope="module")
def network() -> Compact:
    """One that has seen a few patches, so that its normalisation does something."""
    torch.manual_seed(1)
    made = Compact()
    with torch.no_grad():
        made(patches(16, seed=2))
    return made.eval()


def patches(n: int, *, seed: int = 0) -> Tensor:
    """Noise at levels as log-mel has them: float32 [n, 96, 64]."""
    return torch.randn(n, 96, 64, generator=torch.Generator().manual_seed(seed)) * 2 - 2


@pytest.mark.parametrize("n", [0, 1, 5])
def test_shape(network: Compact, n: int) -> None:
    with torch.no_grad():
        assert network(patches(n)).shape == (n, 128)


def test_embeddings_fit_into_eight_bits(network: Compact) -> None:
    with torch.no_grad():
        for scale in (0.0, 1.0, 10.0):
            found = network(patches(4) * scale)
            assert found.isfinite().all()
            assert found.abs().max() < 2


def test_a_patch_is_heard_by_itself(network: Compact) -> None:
    batch = patches(3)
    with torch.no_grad():
        together = network(batch)
        alone = torch.cat([network(patch[None]) for patch in batch])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


def test_bands_are_standardised() -> None:
    torch.manual_seed(1)
    plain, told = Compact().eval(), Compact().eval()
    told.load_state_dict(plain.state_dict())
    mean, std = torch.linspace(-4, 0, 64), torch.linspace(0.5, 2, 64)
    told.band_mean.copy_(mean)
    told.band_std.copy_(std)
    batch = patches(3)
    with torch.no_grad():
        torch.testing.assert_close(told(batch * std + mean), plain(batch), atol=1e-4, rtol=1e-4)


def test_pitch_matters(network: Compact) -> None:
    low, high = torch.full((1, 96, 64), -4.0), torch.full((1, 96, 64), -4.0)
    low[..., 8] = 2
    high[..., 48] = 2  # a shift by ten of the steps between positions that the last layer sees
    with torch.no_grad():
        assert (network(low) - network(high)).abs().max() > 0.05


def test_every_weight_is_trained() -> None:
    torch.manual_seed(1)
    network = Compact()
    network(patches(8)).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().max() > 0, name


def test_sizes_can_be_chosen() -> None:
    small = Compact(CompactConfig(widths=(8, 8), stem_kernel=5)).eval()
    assert sum(p.numel() for p in small.parameters()) < 30_000
    with torch.no_grad():
        assert small(patches(2)).shape == (2, 128)


def test_the_shipped_size_leaves_room_in_eight_megabytes(network: Compact) -> None:
    assert sum(p.numel() for p in network.parameters()) < 1_500_000


def test_inner_features_are_what_the_last_layer_reads(network: Compact) -> None:
    with torch.no_grad():
        inner = network.inner(patches(3))
        assert inner.shape == (3, network.n_inner)
        assert (inner >= 0).all()
        normal = network.normalise(network.embed(inner))
        torch.testing.assert_close(network.of_inner(inner), 2 * torch.tanh(normal / 2))
        torch.testing.assert_close(network(patches(3)), network.of_inner(inner))
