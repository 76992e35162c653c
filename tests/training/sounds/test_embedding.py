"""A tagger's embedder as what makes numbers of patches."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import placeholder
import pytest

from earmark.bundle import Bundle
from earmark.embedders import quantise
from earmark.errors import ModelError
from earmark.training.sounds.embedding import OfEmbedder


def test_it_embeds(bundle: Bundle) -> None:
    patches = np.random.default_rng(0).normal(size=(3, 96, 64)).astype(np.float32)
    np.testing.assert_array_equal(OfEmbedder(bundle)(patches), quantise(placeholder.embed(patches)))


def test_another_network_or_identity_has_another_key(bundle: Bundle, tmp_path: Path) -> None:
    folder = tmp_path / "tagger"
    shutil.copytree(bundle.folder, folder)
    key = OfEmbedder(bundle).key
    assert OfEmbedder(Bundle.read(folder)).key == key
    identity = replace(bundle.config.embedder, version="2")
    other = replace(bundle, config=replace(bundle.config, embedder=identity))
    assert OfEmbedder(other).key != key
    (folder / "model.safetensors").write_bytes(b"weights")
    first = OfEmbedder(Bundle.read(folder)).key
    (folder / "model.safetensors").write_bytes(b"others!")
    assert len({key, first, OfEmbedder(Bundle.read(folder)).key}) == 3


def test_it_takes_an_embedder(bundle: Bundle, tmp_path: Path) -> None:
    folder = tmp_path / "tagger"
    shutil.copytree(bundle.folder, folder)
    (folder / "embedder.onnx").unlink()
    with pytest.raises(ModelError, match="is missing: the folder holds a classifier alone"):
        OfEmbedder(Bundle.read(folder))
    assert json.loads((folder / "config.json").read_text())
