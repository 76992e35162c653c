"""A bag of frames, against a loop over patches and clusters."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch
from classifiers import plainly
from classifiers.random_weights import random_classifier
from numpy.typing import NDArray
from torch import Tensor

from earmark.classifiers.dbof import BagOfFrames, DbofSettings

CLIP = np.random.default_rng(2).normal(1, 2, (10, 12)).astype(np.float32)
MASK = (torch.arange(10) < 6)[None].float()


def sizes(**changes: object) -> DbofSettings:
    values = {"n_inputs": 12, "n_classes": 7, "n_clusters": 30, "hidden": 20, **changes}
    return DbofSettings(**values)  # type: ignore[arg-type]


def plain(made: BagOfFrames, clip: NDArray[np.float32]) -> NDArray[np.float64]:
    weights, settings = plainly.weights_of(made), made.settings

    def activated(values: plainly.Values) -> plainly.Values:
        return plainly.sigmoid(values) if settings.activation == "sigmoid" else values.clip(0, 6)

    clusters = []
    for patch in clip:
        values = plainly.normal(weights, "normalise_input", plainly.unit(patch), 1e-3)
        values = plainly.linear(weights, "cluster", values)
        values = plainly.normal(weights, "normalise_clusters", values, 1e-3)
        clusters.append(activated(values))
    pooled = np.max(clusters, axis=0) if settings.pooling == "max" else np.mean(clusters, axis=0)
    hidden = plainly.linear(weights, "hidden", pooled)
    hidden = activated(plainly.normal(weights, "normalise_hidden", hidden, 1e-3))
    return plainly.mixture(weights, "mixture", hidden, n_mixtures=settings.n_mixtures)


@pytest.mark.parametrize("pooling", ["max", "average"])
@pytest.mark.parametrize("activation", ["sigmoid", "relu6"])
def test_it_is_what_the_code_says(
    pooling: Literal["max", "average"], activation: Literal["sigmoid", "relu6"]
) -> None:
    made = random_classifier(BagOfFrames, sizes(pooling=pooling, activation=activation))
    with torch.no_grad():
        found, _ = made(torch.from_numpy(CLIP)[None], MASK)
    np.testing.assert_allclose(found[0], plain(made, CLIP[:6]), atol=1e-6)


def inputs_of_clusters(made: BagOfFrames, embeddings: Tensor, mask: Tensor) -> Tensor:
    """Every patch that a step of training compares with the clusters."""
    seen: list[Tensor] = []
    hook = made.normalise_input.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    made.train().clip_logits(embeddings, mask)
    hook.remove()
    (rows,) = seen
    return rows


def test_training_draws_real_patches_again_and_again() -> None:
    torch.manual_seed(1)
    made = BagOfFrames(sizes(unit_length=False))
    embeddings = torch.arange(4 * 10 * 12.0).view(4, 10, 12)
    mask = torch.tensor([[1.0] * 10, [1.0] * 3 + [0.0] * 7, [0.0, 1.0] * 5, [1.0] + [0.0] * 9])
    rows = inputs_of_clusters(made, embeddings, mask).view(4, 30, 12)
    for clip, real, drawn in zip(embeddings, mask > 0, rows, strict=True):
        places = (drawn[:, None] == clip).all(dim=2)  # (draw, patch)
        assert (places.sum(dim=1) == 1).all()
        counts = places.sum(dim=0)
        assert (counts[real] > 0).float().mean() > 0.7
        assert not counts[~real].any()


def test_without_drawing_every_real_patch_is_taken_once() -> None:
    made = BagOfFrames(sizes(iterations=0, unit_length=False))
    embeddings = torch.randn(3, 10, 12)
    mask = (torch.arange(10) < torch.tensor([[10], [4], [1]])).float()
    rows = inputs_of_clusters(made, embeddings, mask)
    assert torch.equal(rows, embeddings[mask > 0])


@pytest.mark.parametrize("pooling", ["max", "average"])
def test_training_and_scoring_pool_alike(pooling: Literal["max", "average"]) -> None:
    torch.manual_seed(1)
    made = BagOfFrames(sizes(iterations=0, pooling=pooling, activation="relu6"))
    embeddings = torch.randn(3, 10, 12)
    mask = (torch.arange(10) < torch.tensor([[10], [4], [1]])).float()
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            module.eval()  # as if it had learnt all there is
    trained = made.clip_logits(embeddings, mask)
    torch.testing.assert_close(trained, made.eval().clip_logits(embeddings, mask))
