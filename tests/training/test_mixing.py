from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import Tensor

from earmark.training.mixing import MixupSettings, mixup


def some(clips: int = 8, *, short: int = 3) -> tuple[Tensor, Tensor, Tensor]:
    rng = torch.Generator().manual_seed(0)
    mask = torch.ones(clips, 4)
    mask[1, short:] = 0
    embeddings = torch.randn(clips, 4, 6, generator=rng) * mask[:, :, None]
    return embeddings, mask, torch.eye(clips)


def plainly(
    embeddings: Tensor, mask: Tensor, targets: Tensor, *, other: Tensor, weight: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Frame by frame: a mean where both clips have one, and the one there is where one has."""
    mixed, both, wanted = embeddings.clone(), mask.clone(), targets.clone()
    for clip in range(len(mask)):
        theirs, w = int(other[clip]), float(weight[clip])
        wanted[clip] = (1 - w) * targets[clip] + w * targets[theirs]
        for time in range(mask.shape[1]):
            here, there = bool(mask[clip, time]), bool(mask[theirs, time])
            both[clip, time] = float(here or there)
            if here and there:
                mixed[clip, time] = (1 - w) * embeddings[clip, time] + w * embeddings[theirs, time]
            elif there and w > 0:
                mixed[clip, time] = embeddings[theirs, time]
    return mixed, both, wanted


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["uniform", "beta"]), st.integers(0, 99), st.integers(1, 4))
def test_it_does_what_the_plain_way_does(kind: str, seed: int, short: int) -> None:
    drawn: dict[str, Any] = {"kind": kind, "low": 0.1, "high": 0.5}
    chosen = MixupSettings.model_validate(drawn)
    batch = some(short=short)
    torch.manual_seed(seed)
    found = mixup(chosen, *batch)
    weight = 1 - found[2].diagonal()  # each clip has a class of its own
    other = (found[2] * (1 - torch.eye(8))).argmax(dim=1)
    kept = weight == 0
    other[kept] = torch.arange(8)[kept]
    for ours, plain in zip(found, plainly(*batch, other=other, weight=weight), strict=True):
        torch.testing.assert_close(ours, plain)


def test_weights_are_as_asked_for() -> None:
    torch.manual_seed(0)
    eye = torch.eye(400)
    clips = torch.ones(400, 1, 1), torch.ones(400, 1), eye
    uniform = MixupSettings(kind="uniform", low=0.1, high=0.4)
    weight = 1 - mixup(uniform, *clips)[2].diagonal()
    moved = weight[weight > 0]  # a clip may be its own partner
    assert 0.1 <= moved.min() < 0.12
    assert 0.38 < moved.max() <= 0.4
    beta = 1 - mixup(MixupSettings(kind="beta", alpha=0.3), *clips)[2].diagonal()
    assert beta.max() <= 0.5
    assert 0.3 < (beta < 0.05).float().mean() < 0.9
    half = MixupSettings(kind="uniform", low=0.2, high=0.2, share=0.5)
    weight = 1 - mixup(half, *clips)[2].diagonal()
    assert 0.4 < (weight > 0.1).float().mean() < 0.6


def test_nothing_is_mixed_unless_asked_for() -> None:
    batch = some()
    assert all(a is b for a, b in zip(mixup(MixupSettings(), *batch), batch, strict=True))
    one = torch.ones(1, 4, 6), torch.ones(1, 4), torch.ones(1, 3)
    assert mixup(MixupSettings(kind="beta"), *one)[0] is one[0]


def test_a_range_is_one() -> None:
    with pytest.raises(ValidationError, match=r"low is 0.9 and may not be above high, 0.3"):
        MixupSettings(kind="uniform", low=0.9)
