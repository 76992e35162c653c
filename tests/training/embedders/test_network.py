"""An embedder's network read, and the folder of what became of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import placeholder
import pytest
import torch

from earmark.bundle import Bundle
from earmark.embedders import Embedder
from earmark.embedders.quantise import quantise
from earmark.errors import ModelError
from earmark.exporting.tagger_folder import patches_like
from earmark.training.embedders.network import read_network, write_network

pytestmark = pytest.mark.usefixtures("one_thread")


def test_it_is_the_embedder_that_is_shipped() -> None:
    bundle = Bundle.find("compact")
    network = read_network(bundle)
    patches = patches_like(5)
    embedder = Embedder(bundle.embedder, identity=bundle.config.embedder)
    with torch.no_grad():
        ours = quantise(network(patches).numpy())
    theirs = embedder(patches.numpy())
    assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 1
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert not network.training


def test_a_changed_one_has_a_name_of_its_own(tmp_path: Path) -> None:
    base = Bundle.find("compact")
    network = read_network(base)
    with torch.no_grad():
        network.embed.weight.mul_(-1)
    made = write_network(network, tmp_path / "mine", name="mine", base=base, how="turned round")
    identity = made.config.embedder
    assert identity.name == "mine"
    assert identity.version.startswith("2.")
    assert not made.has_classifier
    assert "turned round from compact 2" in made.config.created_by
    with pytest.raises(ModelError, match="belongs to embedder compact 2"):
        identity.require(base.config.embedder, what="the old set")
    patches = patches_like(4)
    with torch.no_grad():
        wanted = network(patches).numpy()
    found = Embedder(made.embedder, identity=identity)(patches.numpy())
    assert np.abs(found.astype(int) - quantise(wanted).astype(int)).max() <= 1
    again = read_network(made)
    torch.testing.assert_close(again.state_dict(), network.state_dict())
    twice = write_network(again, tmp_path / "twice", name="mine", base=base, how="turned round")
    assert twice.config.embedder == identity
    with torch.no_grad():
        again.embed.weight[0] += 1
    other = write_network(again, tmp_path / "other", name="mine", base=base, how="turned round")
    assert other.config.embedder.version != identity.version


def test_another_network_is_left_alone(tmp_path: Path) -> None:
    built = placeholder.build(tmp_path / "other", labels=[("/m/a", "A")])
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read, so its embedder"):
        read_network(Bundle.read(built))
    weights = Bundle.find("compact").folder / "model.safetensors"
    (built / "model.safetensors").write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match="cannot be read"):
        read_network(Bundle.read(built))
    torch_file = built / "model.safetensors"
    from safetensors.torch import save_file

    save_file({"embedder.conv.weight": torch.zeros(3, 3)}, torch_file)
    with pytest.raises(ModelError, match=r"placeholder 1\.0 is another network than compact's"):
        read_network(Bundle.read(built))
    (built / "embedder.onnx").unlink()
    with pytest.raises(ModelError, match="holds a classifier alone"):
        read_network(Bundle.read(built))
