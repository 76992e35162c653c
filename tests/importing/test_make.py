"""Weights from elsewhere -> a tagger's folder; the networks are small ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sounds import tone, write_wav
from vggish_weights import HIDDEN, NARROW, narrow, patches

from earmark.bundle import Bundle
from earmark.embedders import AUDIOSET, Embedder, quantise
from earmark.embedders.vggish import VggishConfig
from earmark.errors import ModelError, UsageError
from earmark.importing.make import Settings, checked_kind, import_tagger
from earmark.importing.sorting import Files, sort
from earmark.tagging import Tagger

from .keras_layout import CLASSES, write_weights

SETTINGS = Settings(sizes=VggishConfig(widths=NARROW, hidden=HIDDEN))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "vggish.npz"
    np.savez(path, **{k: v.numpy() for k, v in narrow().state_dict().items()})
    return path


@pytest.fixture
def pca(tmp_path: Path) -> Path:
    path = tmp_path / "pca.npz"
    own = narrow(pca=True).pca
    assert own is not None
    vectors, means = own.vectors.double().numpy(), own.means.double().numpy()
    np.savez(path, pca_eigen_vectors=vectors, pca_means=means)
    return path


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    return write_weights(tmp_path / "classifier.h5")


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    rows = [f"{at},id{at},class {at}" for at in range(CLASSES)]
    path.write_text("\n".join(["index,id,name", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "a.wav", tone(500, 5.0))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_an_embedder(weights: Path, pca: Path, tmp_path: Path, recording: Path) -> None:
    bundle = import_tagger(sort([weights, pca]), tmp_path / "made", settings=SETTINGS)
    assert bundle == Bundle.find(tmp_path / "made")
    assert names(bundle.folder) == {
        "README.md",
        "config.json",
        "embedder.int8.onnx",
        "embedder.int8.safetensors",
        "embedder.kernels.safetensors",
        "embedder.onnx",
        "model.safetensors",
    }
    identity = bundle.config.embedder
    assert replace(identity, pca="audioset") == AUDIOSET
    assert identity.pca is not None
    assert identity.pca.startswith("sha256:")
    assert bundle.title == "vggish 1"
    found = Embedder(bundle.embedder, identity=identity)(patches(9).numpy())
    with torch.no_grad():
        wanted = quantise(narrow(pca=True)(patches(9)).numpy())
    assert np.abs(found.astype(int) - wanted).max() <= 1
    assert (found == wanted).mean() > 0.999
    assert len(Tagger.load(bundle.folder).embed(recording)) == 5


def test_the_fast_one_is_almost_the_same(
    weights: Path, pca: Path, tmp_path: Path, recording: Path
) -> None:
    bundle = import_tagger(sort([weights, pca]), tmp_path / "made", settings=SETTINGS)
    exact, fast = (Tagger.load(bundle.folder, fast=fast) for fast in (False, True))
    difference = exact.embed(recording).frames.astype(int) - fast.embed(recording).frames
    assert 0 < np.abs(difference).mean() < 2


def test_weights_are_kept_as_they_are(weights: Path, tmp_path: Path) -> None:
    bundle = import_tagger(sort([weights]), tmp_path / "made", settings=SETTINGS)
    assert bundle.config.embedder.pca is None
    state = narrow().state_dict()
    stored = load_file(bundle.folder / "model.safetensors")
    assert set(stored) == {f"embedder.{name}" for name in state}
    for name, value in state.items():
        assert torch.equal(stored[f"embedder.{name}"], value), name


def test_without_the_fast_one_and_without_relu(weights: Path, tmp_path: Path) -> None:
    settings = replace(SETTINGS, eight_bits=False, final_relu=False, embedder_version="mine")
    bundle = import_tagger(sort([weights]), tmp_path / "made", settings=settings)
    assert not bundle.fast_embedder.exists()
    identity = bundle.config.embedder
    assert (identity.final_relu, identity.version) == (False, "mine")
    with pytest.raises(ModelError, match="version is"):
        AUDIOSET.require(identity, what="made")
    found = Embedder(bundle.embedder, identity=identity)(patches(4).numpy())
    assert (found < 127).any()  # below zero


def test_a_tagger(
    weights: Path, pca: Path, classifier: Path, labels: Path, tmp_path: Path, recording: Path
) -> None:
    settings = replace(SETTINGS, name="max", version="2", labels=labels, licence="Apache-2.0")
    files = sort([weights, pca, classifier])
    bundle = import_tagger(files, tmp_path / "made", settings=settings)
    assert bundle.title == "max 2"
    assert bundle.config.embedder.name == "vggish"
    assert bundle.config.classifier == "decision_level_single_attention"
    tags = Tagger.load(bundle.folder).tag(recording)
    assert {tag.label for tag in tags} == {f"class {at}" for at in range(CLASSES)}
    card = bundle.card.read_text(encoding="utf-8")
    for part in ("# max 2", "`vggish.npz`", "`classifier.h5`", "3 classes", "with a final ReLU"):
        assert part in card


def test_a_classifier_alone_is_taken_for_one_of_audiosets(
    classifier: Path, labels: Path, tmp_path: Path
) -> None:
    settings = replace(SETTINGS, labels=labels)
    bundle = import_tagger(sort([classifier]), tmp_path / "made", settings=settings)
    assert bundle.config.embedder == AUDIOSET
    assert bundle.title == "decision-level-single-attention 1"
    assert not bundle.has_embedder
    with pytest.raises(ModelError, match="the folder holds a classifier alone"):
        Tagger.load(bundle.folder)


def test_a_classifier_wants_the_pca(
    weights: Path, classifier: Path, labels: Path, tmp_path: Path
) -> None:
    settings = replace(SETTINGS, labels=labels)
    folder = tmp_path / "made"
    with pytest.raises(UsageError, match=r"after PCA, .*: give vggish_pca_params\.npz too, or"):
        import_tagger(sort([weights, classifier]), folder, settings=settings)
    assert not folder.exists()
    files = sort([weights, classifier], without_pca=True)
    assert import_tagger(files, folder, settings=settings).config.embedder.pca is None


def test_the_pca_that_torchvggish_keeps_with_its_weights(tmp_path: Path) -> None:
    path = tmp_path / "vggish.pth"
    pca = {"pproc.pca_eigen_vectors": torch.eye(128), "pproc.pca_means": torch.zeros(128, 1)}
    torch.save({**narrow().state_dict(), **pca}, path)
    kept = import_tagger(sort([path]), tmp_path / "kept", settings=SETTINGS)
    assert kept.config.embedder.pca is not None
    left = import_tagger(sort([path], without_pca=True), tmp_path / "left", settings=SETTINGS)
    assert left.config.embedder.pca is None


def test_classes_must_be_named(
    classifier: Path, weights: Path, labels: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "made"
    with pytest.raises(UsageError, match="knows 3 classes and not AudioSet's 527: name them"):
        import_tagger(sort([classifier]), folder, settings=SETTINGS)
    with pytest.raises(UsageError, match="name classes, and there is no classifier"):
        import_tagger(sort([weights]), folder, settings=replace(SETTINGS, labels=labels))
    assert not folder.exists()


def test_googles_sizes_are_meant_unless_a_test_says_otherwise(
    weights: Path, tmp_path: Path
) -> None:
    message = r"features\.0\.weight has shape \[4, 1, 3, 3\], and VGGish's has \[64, 1, 3, 3\]"
    with pytest.raises(ModelError, match=message):
        import_tagger(Files(embedder=weights), tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_kinds_of_classifiers_go_by_name() -> None:
    assert checked_kind(None) is None
    assert checked_kind("feature_level_attention") == "feature_level_attention"
    with pytest.raises(UsageError, match="--kind magic is none of decision_level_max_pooling, "):
        checked_kind("magic")
