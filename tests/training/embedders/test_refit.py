"""An embedder whose last layer is refitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from earmark.bundle import Bundle
from earmark.embedders import Embedder
from earmark.embedders.compact import Compact
from earmark.embedders.quantise import dequantise
from earmark.errors import DataError
from earmark.training.embedders.examples import Example
from earmark.training.embedders.network import read_network, write_network
from earmark.training.embedders.refit import OfInner, refit
from earmark.training.embedders.settings import RefitSettings

pytestmark = pytest.mark.usefixtures("one_thread")


def noises(n: int, *, tilt: float, seed: int) -> NDArray[np.float32]:
    """Noise whose spectrum leans to one side: float32 [n, 96, 64]."""
    rng = np.random.default_rng(seed)
    slope = np.linspace(-tilt, tilt, 64)
    return (rng.normal(-2, 1, (n, 96, 64)) + slope).astype(np.float32)


def examples(network: Compact, *, each: int = 6) -> list[Example]:
    """Windows of three classes, and of background."""
    hear = OfInner(network, key="compact")
    tilts = {(0,): -1.0, (1,): 0.0, (2,): 1.0, (): 2.5}
    return [
        Example(hear(noises(2, tilt=tilt, seed=100 * number + at))[None], labels)
        for number, (labels, tilt) in enumerate(tilts.items())
        for at in range(each)
    ]


@pytest.fixture(scope="module")
def refitted(one_thread: None) -> Compact:
    network = read_network(Bundle.find("compact"))
    refit(network, examples(network), n_classes=3)
    return network


def test_inner_features_of_any_number_of_patches() -> None:
    network = read_network(Bundle.find("compact"))
    hear = OfInner(network, key="compact 2")
    found = hear(noises(40, tilt=0, seed=0))
    assert (found.shape, found.dtype) == ((40, 1536), np.dtype(np.float16))
    np.testing.assert_allclose(hear(noises(40, tilt=0, seed=0)[:3]), found[:3], atol=1e-2)
    assert hear(noises(0, tilt=0, seed=0)).shape == (0, 1536)
    assert hear.key == "inner features compact 2"


def test_the_first_numbers_tell_the_classes_apart(refitted: Compact) -> None:
    new = {tilt: noises(8, tilt=tilt, seed=7) for tilt in (-1.0, 0.0, 1.0, 2.5)}
    with torch.no_grad():
        made = {tilt: refitted(torch.from_numpy(patches)).numpy() for tilt, patches in new.items()}
    first = np.stack([each[:, :3] for each in made.values()])  # four classes with background
    within = first.var(axis=1).mean(axis=0)
    between = first.mean(axis=1).var(axis=0)
    assert (between / within).max() > 20
    assert (np.abs(np.stack(list(made.values()))) < 2).all()


def test_what_is_not_needed_is_zero(refitted: Compact) -> None:
    """So few patches fill fewer directions than there are numbers."""
    with torch.no_grad():
        made = refitted(torch.from_numpy(noises(16, tilt=0, seed=3)))
    still = made.std(dim=0) < 1e-6
    assert 0 < int(still.sum()) <= 128 - 47 - 3
    assert made[:, still].abs().max() < 1e-6


def test_it_is_written_as_any_embedder(refitted: Compact, tmp_path: Path) -> None:
    base = Bundle.find("compact")
    made = write_network(refitted, tmp_path / "own", name="own", base=base, how="refitted")
    patches = noises(4, tilt=1, seed=5)
    found = Embedder(made.embedder, identity=made.config.embedder)(patches)
    with torch.no_grad():
        wanted = refitted(torch.from_numpy(patches)).numpy()
    np.testing.assert_allclose(dequantise(found, how="youtube8m"), wanted, atol=0.02)


def test_the_rest_of_the_network_stays() -> None:
    network, before = (read_network(Bundle.find("compact")) for _ in range(2))
    refit(network, examples(network), n_classes=3, settings=RefitSettings(directions=1))
    for name, value in before.stages.state_dict().items():
        torch.testing.assert_close(network.stages.state_dict()[name], value, rtol=0, atol=0)
    assert (network.embed.weight != before.embed.weight).any()


def test_what_it_cannot_be_refitted_to() -> None:
    network = read_network(Bundle.find("compact"))
    with pytest.raises(DataError, match="no clips to learn from"):
        refit(network, [], n_classes=3)
    with pytest.raises(DataError, match="it takes two"):
        refit(network, examples(network)[:6], n_classes=3)
