"""Every kind of classifier in a tagger's folder, as ONNX Runtime runs it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from classifiers.random_weights import random_classifier
from classifiers.small import small_settings

from earmark.classifiers.family import Kind, build
from earmark.classifiers.session import Classifier
from earmark.embedders import AUDIOSET, dequantise
from earmark.exporting.tagger_folder import TaggerParts, export_tagger
from earmark.importing.keras_roles import ROLES
from earmark.ontology import labels

KINDS: tuple[Kind, ...] = tuple(kind for kind in get_args(Kind) if kind not in ROLES)
"""The others are exported by the tests of what reads them from Keras's files."""
CLASSES, PATCHES = 7, 4


@pytest.mark.parametrize("kind", KINDS)
def test_it_computes_what_pytorch_computes(kind: Kind, tmp_path: Path) -> None:
    sizes = small_settings(kind, n_inputs=128, n_classes=CLASSES, exclusive=kind == "moe")
    made = random_classifier(partial(build, kind), sizes)
    parts = TaggerParts(
        embedder=None,
        classifier=made,
        classifier_kind=kind,
        labels=labels()[:CLASSES],
        name="small",
        version="1",
        created_by="a test",
        max_patches=PATCHES,
        identity=AUDIOSET,
    )
    export_tagger(parts, tmp_path)
    classifier = Classifier(
        tmp_path / "classifier.onnx",
        identity=AUDIOSET,
        classes=CLASSES,
        clips_alone=tmp_path / "clip_classifier.onnx",
    )
    rng = np.random.default_rng(1)
    for n in (1, 5):  # as many as one likes at once
        frames = rng.integers(0, 256, (n, PATCHES, 128), dtype=np.uint8)
        mask = np.arange(PATCHES) < np.array([4, 2, 1, 3, 4])[:n, None]
        found, of_patches = classifier(frames, mask)
        with torch.no_grad():
            read = torch.from_numpy(dequantise(frames, how=AUDIOSET.dequantiser))
            wanted, wanted_patches = made(read, torch.from_numpy(mask).float())
        np.testing.assert_allclose(found, wanted, atol=1e-4)
        np.testing.assert_allclose(classifier.clip_scores(frames, mask), found, atol=1e-6)
        np.testing.assert_allclose(
            of_patches[mask], wanted_patches[torch.from_numpy(mask)], atol=1e-4
        )
