"""Classifiers that Keras made, against what Keras makes of the same clips."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from earmark.classifiers.family import Kind
from earmark.classifiers.session import Classifier
from earmark.embedders import AUDIOSET, dequantise
from earmark.errors import ModelError
from earmark.importing.keras import ImportedClassifier, read_keras
from earmark.importing.keras_roles import ROLES
from earmark.importing.make import Settings, import_tagger
from earmark.importing.sorting import Files

KINDS: tuple[Kind, ...] = tuple(ROLES)
POOLINGS = KINDS[:2]
IBM = "main/balance_type=balance_in_batch/model_type={}/final_weights.h5"
WHOLE = ("classifier_model.h5", "2.keras", "3.h5", "3.keras")
BARE = ("2.weights.h5", "3.weights.h5")


@dataclass(frozen=True)
class Made:
    """What Keras made."""

    folder: Path
    frames: NDArray[np.uint8]
    scores: dict[str, NDArray[np.float32]]

    @property
    def clips(self) -> torch.Tensor:
        return torch.from_numpy(dequantise(self.frames, how="kong"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    if find_spec("tf_keras") is None:  # without importing it: that takes seconds, and warns
        pytest.skip("no tf_keras to make models with")
    folder = tmp_path_factory.mktemp("keras")
    program = Path(__file__).with_name("keras_models.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", program, folder],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    with np.load(folder / "scores.npz") as file:
        arrays = dict(file)
    return Made(folder, arrays.pop("frames"), arrays)


def check(made: Made, name: str, *, kind: Kind, said: Kind | None = None) -> ImportedClassifier:
    """Import a file and compare its scores with Keras's."""
    imported = read_keras(made.folder / name, kind=said)
    wanted = made.scores[name]
    assert imported.kind == kind
    assert imported.n_classes == wanted.shape[1]
    assert not imported.module.training
    assert wanted.std() > 0.02  # scores that differ, so that this says something
    with torch.no_grad():
        found, of_patches = imported.module(made.clips, torch.ones(len(made.frames), 10))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)
    assert of_patches.shape == (len(wanted), 10, wanted.shape[1])
    return imported


@pytest.mark.parametrize("kind", KINDS)
def test_weights_as_ibm_trains_them(made: Made, kind: Kind) -> None:
    check(made, IBM.format(kind), kind=kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_model(made: Made, kind: Kind, name: str) -> None:
    check(made, f"{kind}/{name}", kind=kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BARE)
def test_weights_as_keras_3_lays_them_out(made: Made, kind: Kind, name: str) -> None:
    check(made, f"{kind}/{name}", kind=kind, said=kind if kind in POOLINGS else None)


def test_text_as_old_versions_stored_it(made: Made, tmp_path: Path) -> None:
    name = "decision_level_max_pooling/classifier_model.h5"
    path = shutil.copy(made.folder / name, tmp_path / "classifier_model.h5")
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = np.bytes_(file.attrs["model_config"].encode())
        weights = file["model_weights"]
        weights.attrs["layer_names"] = weights.attrs["layer_names"].astype("S")
    assert read_keras(Path(path)).kind == "decision_level_max_pooling"


@pytest.mark.parametrize("kind", POOLINGS)
def test_pooling_layers_of_keras_and_another_epsilon(made: Made, kind: Kind) -> None:
    imported = check(made, f"{kind}/global.h5", kind=kind)
    assert {m.eps for m in imported.module.modules() if isinstance(m, torch.nn.BatchNorm1d)} == {
        0.01
    }


def test_other_classes_as_deep_oc_trains_them(made: Made) -> None:
    imported = check(made, "deep/final_model.h5", kind="decision_level_multi_attention")
    assert imported.n_classes == 4


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_from_a_tagger_s_folder(made: Made, kind: Kind, tmp_path: Path) -> None:
    name = f"{kind}/classifier_model.h5"
    n_classes = made.scores[name].shape[1]
    labels = tmp_path / "labels.csv"
    rows = "".join(f"{index},c{index},Class {index}\n" for index in range(n_classes))
    labels.write_text("index,id,name\n" + rows)
    bundle = import_tagger(
        Files(classifier=made.folder / name), tmp_path / "tagger", settings=Settings(labels=labels)
    )
    assert bundle.config.classifier == kind
    assert bundle.config.embedder == AUDIOSET
    classifier = Classifier(bundle.classifier, identity=AUDIOSET, classes=n_classes)
    found, _ = classifier(made.frames, np.ones((len(made.frames), 10), np.bool_))
    np.testing.assert_allclose(found, made.scores[name], rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", POOLINGS)
def test_weights_alone_do_not_tell_max_from_average(made: Made, kind: Kind) -> None:
    with pytest.raises(
        ModelError,
        match=r"is decision_level_average_pooling or decision_level_max_pooling, which have the "
        "same weights: say which it is",
    ):
        read_keras(made.folder / f"{kind}/2.weights.h5")


def test_weights_alone_do_not_tell_what_an_output_of_other_classes_is(made: Made) -> None:
    with pytest.raises(ModelError, match=r"has 4 classes and dense_\d+ 527, and weights alone do"):
        read_keras(made.folder / "deep/final_weights.h5")


def test_another_head_than_was_said(made: Made) -> None:
    with pytest.raises(ModelError, match=r"is no feature_level_attention: it is decision_level_m"):
        read_keras(
            made.folder / f"{POOLINGS[0]}/classifier_model.h5", kind="feature_level_attention"
        )


def test_another_network(made: Made) -> None:
    with pytest.raises(
        ModelError,
        match=r"whole\.h5 is none of the attention family's five heads: its output is Sequential "
        "of InputLayer, LSTM, Dense",
    ):
        read_keras(made.folder / "lstm/whole.h5")
