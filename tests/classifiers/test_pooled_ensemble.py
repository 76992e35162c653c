"""Our own classifier, against a loop that says plainly what it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from classifiers import plainly
from classifiers.random_weights import random_classifier

from earmark.classifiers.pooled_ensemble import PooledEnsemble, PooledEnsembleSettings

SMALL = PooledEnsembleSettings(
    n_inputs=12, n_classes=7, frame_units=16, heads=4, networks=3, hidden=20, n_layers=2
)

PATCHWISE = replace(SMALL, patch_hidden=16)


def scores_of(made: PooledEnsemble, clip: torch.Tensor, *, length: int) -> torch.Tensor:
    with torch.no_grad():
        found, _ = made(clip[None], (torch.arange(10) < length)[None].float())
    return torch.as_tensor(found[0])


def plain_scores(weights: plainly.Weights, clip: torch.Tensor, *, heads: int) -> plainly.Values:
    """Patch by patch, network by network: float32 [time, n] -> float64 [class]."""
    patches = [patch.astype(np.float64) for patch in clip.numpy()]
    if weights["frame.weight"].shape[1] == 2 * len(patches[0]):
        patches = [np.append(patch, 5 * patch / np.linalg.norm(patch)) for patch in patches]
    units = [
        np.maximum(
            0,
            plainly.normal(
                weights, "frame_normalise", plainly.linear(weights, "frame", patch), 1e-5
            ),
        )
        for patch in patches
    ]
    attention = np.exp([plainly.linear(weights, "attend", unit) for unit in units])
    attended = np.zeros(len(units[0]))
    for at, unit in enumerate(units):
        shares = attention[at] / attention.sum(axis=0)  # over time, for each head
        attended += unit * np.repeat(shares, len(unit) // heads)
    pooled = [np.mean(units, 0), np.max(units, 0), attended]
    normal = plainly.normal(weights, "normalise", np.concatenate(pooled), 1e-5)
    networks = len(weights["hidden.0.linear.weight"])
    scores = []
    for network in range(networks):
        values = normal
        for layer in range(2):
            name = f"hidden.{layer}"
            linear = weights[f"{name}.linear.weight"][network] @ values
            linear += weights[f"{name}.linear.bias"][network, 0]
            mine = slice(network * len(linear), (network + 1) * len(linear))
            statistics = {
                f"n.{key}": weights[f"{name}.normalise.{key}"][mine]
                for key in ("running_mean", "running_var", "weight", "bias")
            }
            found = np.maximum(0, plainly.normal(statistics, "n", linear, 1e-5))
            values = values + found if layer else found
        logits = weights["output.weight"][:, network] @ values + weights["output.bias"][:, network]
        scores.append(plainly.sigmoid(logits))
    mean: plainly.Values = np.mean(scores, axis=0)
    if "patchwise.output.weight" in weights:
        mean = 0.75 * mean + 0.25 * plain_patchwise(weights, units)
    return mean


def plain_patchwise(weights: plainly.Weights, units: list[plainly.Values]) -> plainly.Values:
    """Patch by patch, class by class: float64 [class]."""
    patches = []
    for values in units:
        for layer in range(2):
            name = f"patchwise.hidden.{layer}"
            linear = plainly.linear(weights, f"{name}.0", values)
            found = np.maximum(0, plainly.normal(weights, f"{name}.1", linear, 1e-5))
            values = values + found if layer else found
        patches.append(plainly.sigmoid(plainly.linear(weights, "patchwise.output", values)))
    of_clip: plainly.Values = np.square(patches).sum(axis=0) / np.sum(patches, axis=0)
    return of_clip


@pytest.mark.parametrize("unit_length", [False, True])
@pytest.mark.parametrize("patch_hidden", [0, 16, 9])
@pytest.mark.parametrize("length", [10, 6, 1])
def test_it_is_what_it_says(length: int, patch_hidden: int, unit_length: bool) -> None:
    settings = replace(SMALL, unit_length=unit_length, patch_hidden=patch_hidden)
    made = random_classifier(PooledEnsemble, settings)
    clip = torch.randn(10, 12)
    wanted = plain_scores(plainly.weights_of(made), clip[:length], heads=4)
    np.testing.assert_allclose(scores_of(made, clip, length=length), wanted, atol=1e-6)


def test_each_network_learns_by_itself() -> None:
    torch.manual_seed(0)
    made = PooledEnsemble(SMALL)
    clips, mask = torch.randn(5, 10, 12), torch.ones(5, 10)
    logits = made.training_logits(clips, mask)
    assert logits.shape == (3 * 5, 7)
    weights = [layer.get_parameter("linear.weight") for layer in made.hidden]
    *hidden, output = torch.autograd.grad(  # of the second network
        logits[5:10].sum(), [*weights, made.output.weight]
    )
    for gradient in (*hidden, output.transpose(0, 1)):
        assert gradient.abs().amax(dim=(1, 2)).gt(0).tolist() == [False, True, False]


@pytest.mark.parametrize("exclusive", [False, True])
def test_what_it_says_is_the_mean_of_what_they_say(exclusive: bool) -> None:
    settings = PooledEnsembleSettings(
        n_inputs=12, n_classes=7, frame_units=16, networks=3, hidden=20, exclusive=exclusive
    )
    made = random_classifier(PooledEnsemble, settings)
    clips, mask = torch.randn(5, 10, 12), torch.ones(5, 10)
    with torch.no_grad():
        each = made.training_logits(clips, mask).view(3, 5, 7)
        scores, _ = made(clips, mask)
    of_each = torch.softmax(each, -1) if exclusive else torch.sigmoid(each)
    torch.testing.assert_close(scores, of_each.mean(dim=0))


@pytest.mark.parametrize("exclusive", [False, True])
def test_the_patchwise_network_has_its_share(exclusive: bool) -> None:
    settings = replace(PATCHWISE, exclusive=exclusive, patch_share=0.4)
    made = random_classifier(PooledEnsemble, settings)
    clips, mask = torch.randn(5, 10, 12), torch.ones(5, 10)
    with torch.no_grad():
        each = made.training_logits(clips, mask).view(4, 5, 7)
        scores, _ = made(clips, mask)
    of_each = torch.softmax(each, -1) if exclusive else torch.sigmoid(each)
    wanted = 0.6 * of_each[:3].mean(dim=0) + 0.4 * of_each[3]
    torch.testing.assert_close(scores, wanted)


@pytest.mark.parametrize("settings", [SMALL, PATCHWISE])
def test_padding_is_no_part_of_the_statistics_of_patches(settings: PooledEnsembleSettings) -> None:
    torch.manual_seed(0)
    made = PooledEnsemble(settings)
    clips = torch.randn(4, 10, 12)
    mask = (torch.arange(10) < torch.tensor([[10], [7], [2], [1]])).float()
    made.training_logits(torch.where(mask[:, :, None] > 0, clips, 1e6), mask)
    means = [value for name, value in made.named_buffers() if name.endswith("running_mean")]
    assert all(mean.abs().max() < 1 for mean in means)


def test_units_are_shared_by_the_heads() -> None:
    with pytest.raises(ValueError, match="frame_units is 10, and cannot be shared by 4 heads"):
        PooledEnsembleSettings(frame_units=10, heads=4)
