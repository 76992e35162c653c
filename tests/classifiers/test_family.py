"""What holds for every kind of classifier."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError
from functools import partial
from typing import get_args

import numpy as np
import pytest
import torch
from classifiers.random_weights import random_classifier
from classifiers.small import small_settings
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn

from earmark.classifiers.base import ClipClassifier
from earmark.classifiers.family import ALIASES, FAMILY, Kind, build, kind_of, settings_of
from earmark.classifiers.settings import AttentionSettings, MultiAttentionSettings
from earmark.errors import UsageError

KINDS: tuple[Kind, ...] = get_args(Kind)
IN_ORDER = {"lstm"}
"""Those to which the order of patches matters."""
MADE = {kind: random_classifier(partial(build, kind), small_settings(kind)) for kind in KINDS}

each_kind = pytest.mark.parametrize("kind", KINDS)
masks = st.lists(st.booleans(), min_size=10, max_size=10).filter(any)
seeds = st.integers(0, 2**32 - 1)


def score(module: nn.Module, embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        found: tuple[Tensor, Tensor] = module(embeddings, mask)
    return found


def clips(seed: int, *, n: int = 1) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(0, 2, (n, 10, 12))).float()


def lengths(*counts: int) -> Tensor:
    return (torch.arange(10) < torch.tensor(counts)[:, None]).float()


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
def test_the_order_of_patches_matters_to_those_that_say_so(
    kind: Kind, order: list[int], mask: list[bool], seed: int
) -> None:
    embeddings, real = clips(seed), torch.tensor(mask)[None].float()
    found, of_patches = score(MADE[kind], embeddings[:, order], real[:, order])
    wanted, wanted_patches = score(MADE[kind], embeddings, real)
    if kind not in IN_ORDER:
        torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(of_patches, wanted_patches[:, order])


@each_kind
def test_a_patch_scores_as_a_clip_of_that_patch_alone(kind: Kind) -> None:
    embeddings = clips(3)
    _, of_patches = score(MADE[kind], embeddings, torch.ones(1, 10))
    alone, _ = score(MADE[kind], embeddings.transpose(0, 1), torch.ones(10, 1))
    torch.testing.assert_close(alone, of_patches[0])


@each_kind
@pytest.mark.parametrize("exclusive", [False, True])
def test_scores_are_those_of_the_logits(kind: Kind, exclusive: bool) -> None:
    sizes = small_settings(kind, exclusive=exclusive)
    made = random_classifier(partial(build, kind), sizes)
    embeddings, mask = clips(5, n=3), lengths(10, 4, 1)
    with torch.no_grad():
        of_clip, of_patches = made.logits(embeddings, mask)
        torch.testing.assert_close(made.clip_logits(embeddings, mask), of_clip)
        for logits, found in zip((of_clip, of_patches), made(embeddings, mask), strict=True):
            end = partial(torch.softmax, dim=-1) if exclusive else torch.sigmoid
            torch.testing.assert_close(found, end(logits))


@each_kind
def test_every_weight_is_trained(kind: Kind) -> None:
    torch.manual_seed(1)
    module = build(kind, small_settings(kind))
    module.clip_logits(clips(4, n=3), lengths(10, 4, 1)).square().sum().backward()  # type: ignore[no-untyped-call]
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


@each_kind
def test_nothing_is_learnt_from_padding(kind: Kind) -> None:
    embeddings, mask = clips(4, n=3), lengths(10, 4, 1)
    disturbed = torch.where(mask[:, :, None] > 0, embeddings, clips(9, n=3) * 50)
    gradients, buffers = [], []
    for given_clips in (embeddings, disturbed):
        torch.manual_seed(1)
        module = build(kind, small_settings(kind))
        module.clip_logits(given_clips, mask).square().sum().backward()  # type: ignore[no-untyped-call]
        gradients.append([parameter.grad for parameter in module.parameters()])
        buffers.append(list(module.buffers()))
    torch.testing.assert_close(*gradients)
    torch.testing.assert_close(*buffers)


@each_kind
def test_it_learns(kind: Kind) -> None:
    torch.manual_seed(1)
    module = build(kind, small_settings(kind))
    embeddings, mask = clips(6, n=60), lengths(*[10, 9, 3] * 20)
    truth = torch.eye(7)[torch.arange(60) % 7]
    embeddings[:, :, :7] += 2 * truth[:, None]
    optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        loss = nn.functional.binary_cross_entropy_with_logits(
            module.clip_logits(embeddings, mask), truth
        )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.6 * losses[0]
    scores, _ = score(module.eval(), embeddings, mask)
    assert (scores.argmax(dim=1) == truth.argmax(dim=1)).float().mean() > 0.5


@each_kind
def test_half_precision_costs_digits_and_no_more(kind: Kind) -> None:
    embeddings, mask = clips(7, n=3), lengths(10, 4, 1)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        found = MADE[kind].clip_logits(embeddings, mask)
    assert found.isfinite().all()
    with torch.no_grad():
        wanted = MADE[kind].clip_logits(embeddings, mask)
    torch.testing.assert_close(found.float(), wanted, atol=0.3, rtol=0.1)


@each_kind
def test_its_settings_are_kept_and_stay_as_they_are(kind: Kind) -> None:
    sizes = small_settings(kind)
    made = build(kind, sizes)
    assert isinstance(made, ClipClassifier)
    assert made.settings == sizes
    assert type(sizes) is settings_of(kind)
    with pytest.raises(FrozenInstanceError):
        sizes.n_classes = 3  # type: ignore[misc]


@each_kind
def test_pydantic_reads_its_settings(kind: Kind) -> None:
    read = TypeAdapter(settings_of(kind)).validate_python
    assert read({"n_classes": 3}) == settings_of(kind)(n_classes=3)
    with pytest.raises(ValidationError, match="depth\n  Unexpected keyword argument"):
        read({"depth": 3})
    with pytest.raises(ValidationError, match="n_classes\n  Input should be greater"):
        read({"n_classes": 0})


def test_the_table_is_whole() -> None:
    assert tuple(FAMILY) == KINDS
    assert set(ALIASES.values()) <= set(KINDS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("LogisticModel", "logistic"),
        ("MoeModel", "moe"),
        ("FrameLevelLogisticModel", "frame_level_logistic"),
        ("DbofModel", "dbof"),
        ("LstmModel", "lstm"),
        ("multi-level-attention", "decision_level_multi_attention"),
        ("lstm", "lstm"),
    ],
)
def test_kinds_go_by_other_names_too(name: str, kind: Kind) -> None:
    assert kind_of(name) == kind
    assert settings_of(name) is settings_of(kind)


def test_there_is_no_such_kind() -> None:
    message = "^magic is no kind of classifier: choose one of decision_level_max_pooling, "
    for ask in (kind_of, settings_of, build):
        with pytest.raises(UsageError, match=message):
            ask("magic")


def test_settings_of_another_kind() -> None:
    with pytest.raises(UsageError, match="lstm takes LstmSettings, and not AttentionSettings"):
        build("lstm", AttentionSettings())
    with pytest.raises(UsageError, match="takes MultiAttentionSettings, and not AttentionSett"):
        build("decision_level_multi_attention", AttentionSettings())


@each_kind
def test_making_it_draws_from_the_seed_once(kind: Kind) -> None:
    torch.manual_seed(3)
    made = build(kind, small_settings(kind))
    torch.manual_seed(3)
    again = type(made)(made.settings)
    torch.testing.assert_close(made.state_dict(), again.state_dict(), rtol=0, atol=0)


def test_more_than_any_memory_holds() -> None:
    sizes = TypeAdapter(settings_of("lstm")).validate_python({"cells": 100_000})
    with pytest.raises(
        UsageError, match=r"cells=100000.* has 120\.3 billion parameters, and at most"
    ):
        build("lstm", sizes)
    with torch.device("meta"):  # to look at its shapes
        assert build("lstm", sizes).get_parameter("mixture.gates.weight").shape[1] == 100_000


def test_names_are_known_without_pytorch() -> None:
    program = "import sys, earmark.classifiers.family; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "level_" in kind and "log" not in kind])
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
    assert MultiAttentionSettings().epsilon == 1e-3


def test_as_large_as_youtube_8m_has_it() -> None:
    with torch.device("meta"):
        bag, lstm = (build(kind).state_dict() for kind in ("dbof", "lstm"))
    assert bag["cluster.weight"].shape == (8192, 128)
    assert bag["hidden.weight"].shape == (1024, 8192)
    assert lstm["layers.1.read.weight"].shape == (4 * 1024, 1024)
    assert "layers.2.read.weight" not in lstm
    for state in (bag, lstm):
        assert state["mixture.gates.weight"].shape == (527 * 3, 1024)
        assert state["mixture.experts.weight"].shape == (527 * 2, 1024)
