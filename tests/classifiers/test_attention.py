"""Multi-level attention, against a loop that says plainly what it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from classifiers import plainly
from classifiers.random_weights import random_classifier
from torch import Tensor, nn

from earmark.classifiers.attention import (
    MultiLevelAttention,
    SingleLevelAttention,
    average_over_time,
)
from earmark.classifiers.settings import CompactSettings, MultiAttentionSettings

SMALL = CompactSettings(n_inputs=12, n_classes=7, hidden=20)
EMBEDDINGS = torch.randn(3, 10, 12, generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def classifier() -> MultiLevelAttention:
    """One whose attention is far from even and whose normalisation does something."""
    torch.manual_seed(1)
    made = MultiLevelAttention(SMALL)
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if "attend" in name:
                parameter.mul_(8)
        made(torch.randn(8, 10, 12) + 1, torch.ones(8, 10))
    return made.eval()


def score(classifier: nn.Module, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        found: tuple[Tensor, Tensor] = classifier(embeddings, mask)
    return found


def first(*lengths: int) -> Tensor:
    """A mask of clips of so many patches: float32 [clip, 10]."""
    return (torch.arange(10) < torch.tensor(lengths)[:, None]).float()


def test_shapes_and_range(classifier: MultiLevelAttention) -> None:
    scores, of_patches = score(classifier, EMBEDDINGS, first(10, 4, 1))
    assert scores.shape == (3, 7)
    assert of_patches.shape == (3, 10, 7)
    for found in (scores, of_patches):
        assert (found > 0).all()
        assert (found < 1).all()


def test_patches_that_are_not_there_have_no_influence(classifier: MultiLevelAttention) -> None:
    mask = first(10, 4, 1)
    noise = torch.randn(3, 10, 12, generator=torch.Generator().manual_seed(9)) * 50
    disturbed = torch.where(mask[..., None] > 0, EMBEDDINGS, noise)
    found, _ = score(classifier, disturbed, mask)
    torch.testing.assert_close(found, score(classifier, EMBEDDINGS, mask)[0])


def test_a_clip_of_one_patch_is_that_patch(classifier: MultiLevelAttention) -> None:
    of_clips, of_patches = score(classifier, EMBEDDINGS, first(1, 1, 1))
    torch.testing.assert_close(of_clips, of_patches[:, 0])


def test_a_patch_scores_alike_in_any_clip(classifier: MultiLevelAttention) -> None:
    _, of_patches = score(classifier, EMBEDDINGS, first(10, 4, 1))
    alone = EMBEDDINGS.reshape(30, 1, 12).expand(30, 10, 12)
    of_clips, _ = score(classifier, alone, first(*[10] * 30))
    torch.testing.assert_close(of_clips, of_patches.reshape(30, 7))


def test_the_order_of_patches_does_not_matter(classifier: MultiLevelAttention) -> None:
    order = torch.randperm(10, generator=torch.Generator().manual_seed(4))
    mask = first(10, 4, 1)
    found, of_patches = score(classifier, EMBEDDINGS[:, order], mask[:, order])
    wanted, wanted_patches = score(classifier, EMBEDDINGS, mask)
    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(of_patches, wanted_patches[:, order])


def test_it_is_what_the_papers_say(classifier: MultiLevelAttention) -> None:
    lengths = (10, 4, 1)
    found, _ = score(classifier, EMBEDDINGS, first(*lengths))
    weights = plainly.weights_of(classifier)
    for clip, length, scores in zip(EMBEDDINGS, lengths, found, strict=True):
        layers = plainly.hidden(weights, clip[:length].numpy(), epsilon=1e-5)
        levels = [
            plainly.decision_attention(weights, f"levels.{level}", patches)
            for level, patches in enumerate(layers)
        ]
        wanted = plainly.sigmoid(plainly.linear(weights, "output", np.concatenate(levels)))
        np.testing.assert_allclose(scores, wanted, atol=1e-5)


def test_every_weight_is_trained() -> None:
    torch.manual_seed(1)
    classifier = MultiLevelAttention(SMALL)
    of_clips, _ = classifier.logits(EMBEDDINGS, first(10, 4, 1))
    of_clips.square().sum().backward()  # type: ignore[no-untyped-call]
    for name, parameter in classifier.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("n_layers", [1, 3])
def test_an_attention_for_each_layer(n_layers: int) -> None:
    sizes = MultiAttentionSettings(n_classes=5, hidden=8, n_layers=n_layers, n_levels=n_layers)
    made = MultiLevelAttention(sizes).eval()
    assert made.output.in_features == 5 * n_layers
    scores, _ = score(made, torch.zeros(2, 10, 128), first(10, 2))
    assert scores.shape == (2, 5)


def test_the_last_layers_have_an_attention_each() -> None:
    config = CompactSettings(n_classes=5, hidden=8, n_layers=3, n_levels=2)
    made = random_classifier(MultiLevelAttention, config)
    found, _ = score(made, torch.ones(1, 10, 128), first(10))
    weights = plainly.weights_of(made)
    _, *read = plainly.hidden(weights, np.ones((10, 128), np.float32), epsilon=1e-5)
    levels = [
        plainly.decision_attention(weights, f"levels.{level}", patches)
        for level, patches in enumerate(read)
    ]
    wanted = plainly.sigmoid(plainly.linear(weights, "output", np.concatenate(levels)))
    np.testing.assert_allclose(found[0], wanted, atol=1e-5)


def test_an_output_of_other_classes_of_which_one_holds() -> None:
    config = CompactSettings(n_classes=3, hidden=8, n_concepts=5, exclusive=True)
    made = random_classifier(MultiLevelAttention, config)
    assert made.output.in_features == 2 * 5
    for found in score(made, torch.randn(2, 10, 128), first(10, 2)):
        assert found.shape[-1] == 3
        torch.testing.assert_close(found.sum(dim=-1), torch.ones(found.shape[:-1]))


def test_one_level_is_what_the_paper_says() -> None:
    made = random_classifier(SingleLevelAttention, SMALL)
    found, _ = score(made, EMBEDDINGS, first(10, 4, 1))
    weights = plainly.weights_of(made)
    for clip, length, scores in zip(EMBEDDINGS, (10, 4, 1), found, strict=True):
        *_, last = plainly.hidden(weights, clip[:length].numpy(), epsilon=1e-5)
        wanted = plainly.decision_attention(weights, "level", last)
        np.testing.assert_allclose(scores, wanted, atol=1e-5)


def test_attention_is_clipped_before_it_is_normalised() -> None:
    values, attention = torch.tensor([[[1.0], [0.0]]]), torch.tensor([[[0.0], [1e-7]]])
    found = average_over_time(values, attention, torch.ones(1, 2))
    torch.testing.assert_close(found, torch.tensor([[0.5]]))
