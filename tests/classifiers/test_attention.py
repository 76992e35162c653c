"""Multi-level attention, against a loop that says plainly what it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from earmark.classifiers.attention import AttentionConfig, MultiLevelAttention

SMALL = AttentionConfig(n_inputs=12, n_classes=7, hidden=20)
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


def score(
    classifier: MultiLevelAttention, embeddings: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
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
    wanted = [
        plainly(classifier, clip[:length].numpy())
        for clip, length in zip(EMBEDDINGS, lengths, strict=True)
    ]
    np.testing.assert_allclose(found.numpy(), np.stack(wanted), atol=1e-5)


def plainly(classifier: MultiLevelAttention, clip: NDArray[np.float32]) -> NDArray[np.float64]:
    """One clip's scores, patch by patch and class by class: float32 [time, n] -> [class]."""
    weight = {name: value.double().numpy() for name, value in classifier.state_dict().items()}
    hidden = [patch.astype(np.float64) for patch in clip]
    levels = []
    for level in range(2):
        hidden = [unit(weight, f"layers.{level}", patch) for patch in hidden]
        numerator, denominator = np.zeros(7), np.zeros(7)
        for patch in hidden:
            attend = np.exp(linear(weight, f"levels.{level}.attend", patch))
            attention = np.clip(attend / attend.sum(), 1e-7, 1 - 1e-7)  # over classes
            numerator += attention * sigmoid(linear(weight, f"levels.{level}.score", patch))
            denominator += attention  # over time
        levels.append(numerator / denominator)
    return sigmoid(linear(weight, "output", np.concatenate(levels)))


def unit(
    weight: dict[str, NDArray[np.float64]], name: str, values: NDArray[np.float64]
) -> NDArray[np.float64]:
    norm = f"{name}.normalise"
    centred = linear(weight, f"{name}.linear", values) - weight[f"{norm}.running_mean"]
    scaled = centred / np.sqrt(weight[f"{norm}.running_var"] + 1e-5)
    return np.maximum(0, scaled * weight[f"{norm}.weight"] + weight[f"{norm}.bias"])


def linear(
    weight: dict[str, NDArray[np.float64]], name: str, values: NDArray[np.float64]
) -> NDArray[np.float64]:
    product: NDArray[np.float64] = weight[f"{name}.weight"] @ values + weight[f"{name}.bias"]
    return product


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-values))


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
    made = MultiLevelAttention(AttentionConfig(n_classes=5, hidden=8, n_layers=n_layers)).eval()
    assert made.output.in_features == 5 * n_layers
    scores, _ = score(made, torch.zeros(2, 10, 128), first(10, 2))
    assert scores.shape == (2, 5)
