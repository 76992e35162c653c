"""What holds for every member of the attention family."""

from __future__ import annotations

from functools import partial
from typing import get_args

import numpy as np
import pytest
import torch
from classifiers.random_weights import random_classifier
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from earmark.classifiers.family import Kind, build
from earmark.classifiers.settings import MultiAttentionSettings

SMALL = MultiAttentionSettings(
    n_inputs=12, n_classes=7, hidden=20, n_layers=3, n_levels=2, epsilon=1e-3, dropout=0.5
)
KINDS: tuple[Kind, ...] = get_args(Kind)
MADE = {kind: random_classifier(partial(build, kind), SMALL) for kind in KINDS}

each_kind = pytest.mark.parametrize("kind", KINDS)
masks = st.lists(st.booleans(), min_size=10, max_size=10).filter(any)
seeds = st.integers(0, 2**32 - 1)


def score(module: nn.Module, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        found: tuple[Tensor, Tensor] = module(embeddings, mask)
    return found


def clips(seed: int, *, n: int = 1) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(0, 2, (n, 10, 12))).float()


@each_kind
def test_shapes_and_range(kind: Kind) -> None:
    scores, of_patches = score(MADE[kind], clips(0, n=3), torch.ones(3, 10))
    assert scores.shape == (3, 7)
    assert of_patches.shape == (3, 10, 7)
    assert (scores > 0).all()
    assert (scores < 1).all()


@each_kind
@given(mask=masks, seed=seeds)
@settings(max_examples=25, deadline=None)
def test_a_masked_clip_is_a_shorter_clip(kind: Kind, mask: list[bool], seed: int) -> None:
    embeddings, real = clips(seed), torch.tensor(mask)
    found, of_patches = score(MADE[kind], embeddings, real[None].float())
    kept = embeddings[:, real]
    wanted, wanted_patches = score(MADE[kind], kept, torch.ones(1, kept.shape[1]))
    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(of_patches[:, real], wanted_patches)


@each_kind
@given(mask=masks, seed=seeds)
@settings(max_examples=25, deadline=None)
def test_what_is_masked_does_not_count(kind: Kind, mask: list[bool], seed: int) -> None:
    embeddings, real = clips(seed), torch.tensor(mask)
    other = torch.where(real[None, :, None], embeddings, clips(seed + 1) * 20)
    found, _ = score(MADE[kind], other, real[None].float())
    assert torch.equal(found, score(MADE[kind], embeddings, real[None].float())[0])


@each_kind
@given(order=st.permutations(range(10)), mask=masks, seed=seeds)
@settings(max_examples=25, deadline=None)
def test_the_order_of_patches_does_not_matter(
    kind: Kind, order: list[int], mask: list[bool], seed: int
) -> None:
    embeddings, real = clips(seed), torch.tensor(mask)[None].float()
    found, of_patches = score(MADE[kind], embeddings[:, order], real[:, order])
    wanted, wanted_patches = score(MADE[kind], embeddings, real)
    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(of_patches, wanted_patches[:, order])


@each_kind
def test_a_patch_scores_as_a_clip_of_that_patch_alone(kind: Kind) -> None:
    embeddings = clips(3)
    _, of_patches = score(MADE[kind], embeddings, torch.ones(1, 10))
    alone, _ = score(MADE[kind], embeddings.transpose(0, 1), torch.ones(10, 1))
    torch.testing.assert_close(alone, of_patches[0])


@each_kind
def test_every_weight_is_trained(kind: Kind) -> None:
    torch.manual_seed(1)
    module = build(kind, SMALL)
    mask = (torch.arange(10) < torch.tensor([[10], [4], [1]])).float()
    scores, _ = module(clips(4, n=3), mask)
    scores.square().sum().backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


@each_kind
def test_as_large_as_kong_has_it(kind: Kind) -> None:
    with torch.device("meta"):
        shapes = {name: tuple(value.shape) for name, value in build(kind).state_dict().items()}
    assert shapes["layers.0.linear.weight"] == (1024, 128)
    assert shapes["layers.2.linear.weight"] == (1024, 1024)
    assert "layers.3.linear.weight" not in shapes
    last = [shape for name, shape in shapes.items() if name.endswith("weight")][-1]
    assert last == {
        "decision_level_multi_attention": (527, 2 * 527),
    }.get(kind, (527, 1024))
