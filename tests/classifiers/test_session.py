"""A classifier as ONNX Runtime runs it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import placeholder
import pytest

from earmark.classifiers.session import Classifier
from earmark.embedders import Dequantiser, Identity, dequantise
from earmark.errors import ModelError

LABELS = [("/m/a", "A"), ("/m/b", "B"), ("/m/c", "C")]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return placeholder.build(tmp_path_factory.mktemp("tagger"), labels=LABELS) / "classifier.onnx"


@pytest.mark.parametrize("how", ["youtube8m", "kong"])
def test_scores_of_clips_and_of_their_patches(path: Path, how: Dequantiser) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 10, 128), dtype=np.uint8)
    mask = np.ones((2, 10), np.bool_)
    mask[1, 4:] = False
    identity = Identity("placeholder", "1", dequantiser=how)
    scores, patch_scores = Classifier(path, identity=identity, classes=3)(frames, mask)
    expected = placeholder.score(dequantise(frames, how=how).reshape(20, 128), 3)
    expected = expected.reshape(2, 10, 3)
    np.testing.assert_allclose(patch_scores[mask], expected[mask], atol=1e-5)
    np.testing.assert_allclose(scores[0], expected[0].mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(scores[1], expected[1, :4].mean(axis=0), atol=1e-5)


def test_clips_can_be_scored_without_their_patches(path: Path) -> None:
    classifier = Classifier(path, identity=Identity("placeholder", "1"), classes=3)
    frames = np.random.default_rng(0).integers(0, 256, (3, 10, 128), dtype=np.uint8)
    mask = np.arange(10) < np.array([[10], [4], [1]])
    wanted, _ = classifier(frames, mask)
    np.testing.assert_array_equal(classifier.clip_scores(frames, mask), wanted)


def test_clips_are_scored_by_the_smaller_network_where_there_is_one(path: Path) -> None:
    # Which of the two was asked is seen by letting them disagree on what there is to know.
    other = placeholder.build(path.parent / "other", labels=LABELS[:2]) / "classifier.onnx"
    alone = other.with_name("clip_classifier.onnx")
    model = onnx.load(other)
    del model.graph.output[1]
    onnx.save(model, alone)
    classifier = Classifier(
        path, identity=Identity("placeholder", "1"), classes=3, clips_alone=alone
    )
    frames, mask = np.zeros((1, 10, 128), np.uint8), np.ones((1, 10), np.bool_)
    assert classifier(frames, mask)[0].shape == (1, 3)
    with pytest.raises(ModelError, match=r"clip_classifier\.onnx gives scores of shape \[2\]"):
        classifier.clip_scores(frames, mask)


def test_what_is_masked_does_not_count(path: Path) -> None:
    classifier = Classifier(path, identity=Identity("placeholder", "1"), classes=3)
    frames = np.random.default_rng(0).integers(0, 256, (1, 10, 128), dtype=np.uint8)
    mask = np.arange(10)[None] < 3
    other = np.where(mask[:, :, None], frames, 200).astype(np.uint8)
    np.testing.assert_array_equal(classifier(frames, mask)[0], classifier(other, mask)[0])


def test_another_number_of_classes_is_refused(path: Path) -> None:
    classifier = Classifier(path, identity=Identity("placeholder", "1"), classes=527)
    with pytest.raises(ModelError, match=r"shape \[3\] where labels\.csv names 527 classes"):
        classifier(np.zeros((1, 10, 128), np.uint8), np.ones((1, 10), np.bool_))
    assert repr(classifier) == "Classifier(527 classes, on 'placeholder')"


def test_another_network_is_refused(path: Path) -> None:
    with pytest.raises(ModelError, match="has inputs patches, and not embeddings, mask"):
        Classifier(path.parent / "embedder.onnx", identity=Identity("p", "1"), classes=3)
