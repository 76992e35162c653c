"""Losses beside their formulas, clip by clip and class by class."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from earmark.training.losses import Loss, LossSettings, class_weights

COUNTS = np.array([50, 10, 0])
LOGITS = torch.tensor([[2.0, -1.0, 0.5], [-3.0, 0.2, 0.0]])
TARGETS = torch.tensor([[1.0, 0.0, 0.3], [0.0, 1.0, 0.0]])


def loss(*, exclusive: bool = False, **changes: Any) -> Loss:
    chosen = LossSettings.model_validate(changes)
    return Loss(chosen, counts=COUNTS, clips=100, exclusive=exclusive)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def mean(function: Any, logits: Tensor = LOGITS, targets: Tensor = TARGETS) -> float:
    pairs = zip(logits.flatten().tolist(), targets.flatten().tolist(), strict=True)
    values: list[float] = [function(sigmoid(x), y) for x, y in pairs]
    return sum(values) / len(values)


def bce(p: float, y: float) -> float:
    return -(y * math.log(p) + (1 - y) * math.log(1 - p))


def test_binary_losses_are_their_formulas() -> None:
    assert float(loss()(LOGITS, TARGETS)) == pytest.approx(mean(bce))
    assert float(loss(reduction="sum")(LOGITS, TARGETS)) == pytest.approx(3 * mean(bce))
    focal = float(loss(kind="focal", focus=1.5)(LOGITS, TARGETS))
    assert focal == pytest.approx(mean(lambda p, y: abs(p - y) ** 1.5 * bce(p, y)))
    assert float(loss(kind="focal", focus=0)(LOGITS, TARGETS)) == pytest.approx(mean(bce))
    weighted = float(loss(positive=3)(LOGITS, TARGETS))
    assert weighted == pytest.approx(
        mean(lambda p, y: -(3 * y * math.log(p) + (1 - y) * math.log(1 - p)))
    )
    hinge = float(loss(kind="hinge")(LOGITS, TARGETS))
    assert hinge == pytest.approx(mean(lambda p, y: max(0.0, 1 - (2 * y - 1) * p)))


def test_softmax_loss_is_youtube8ms() -> None:
    found = float(loss(kind="softmax", reduction="sum")(LOGITS, TARGETS))
    wanted = 0.0
    for logits, targets in zip(LOGITS.tolist(), TARGETS.tolist(), strict=True):
        total = sum(map(math.exp, logits))
        shares = [y / sum(targets) for y in targets]
        wanted -= sum(
            s * math.log(math.exp(x) / total) for s, x in zip(shares, logits, strict=True)
        )
    assert found == pytest.approx(wanted / 2)


def test_labels_are_smoothed_towards_how_frequent_classes_are() -> None:
    smooth = TARGETS * 0.9 + 0.1 * torch.tensor([0.5, 0.1, 0.0])
    assert float(loss(smoothing=0.1)(LOGITS, TARGETS)) == pytest.approx(
        mean(bce, targets=smooth), rel=1e-5
    )


def test_exclusive_classes_have_cross_entropy() -> None:
    targets = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    found = float(loss(exclusive=True)(LOGITS, targets))
    log = torch.log_softmax(LOGITS, dim=1)
    none = -log[1].mean()  # a clip of no class is to be none more than another
    assert found == pytest.approx(float(none - log[0, 1]) / 2)


def test_weights_of_classes() -> None:
    def weights(**changes: Any) -> list[float]:
        found: list[float] = class_weights(LossSettings.model_validate(changes), COUNTS).tolist()
        return found

    assert weights() == [1, 1, 1]
    inverse = weights(class_weights="inverse")
    assert sum(inverse) == pytest.approx(3)
    assert inverse[1] == pytest.approx(5 * inverse[0])
    assert inverse[2] == pytest.approx(10 * inverse[1])  # as if it had one clip
    effective = weights(class_weights="effective", weight_beta=0.9)
    ratio = (1 - 0.9**50) / (1 - 0.9**10)
    assert effective[1] / effective[0] == pytest.approx(ratio, rel=1e-5)
    assert weights(class_weights="effective", weight_beta=0) == [1, 1, 1]
    heavy = loss(class_weights="inverse")
    by_class = torch.tensor(inverse)
    plain = torch.nn.functional.binary_cross_entropy_with_logits(LOGITS, TARGETS, reduction="none")
    torch.testing.assert_close(heavy(LOGITS, TARGETS), (plain * by_class).mean())


@pytest.mark.parametrize("kind", ["bce", "focal", "hinge", "softmax"])
@pytest.mark.parametrize("exclusive", [False, True])
def test_it_stays_finite_and_points_the_right_way(kind: str, exclusive: bool) -> None:
    logits = torch.tensor([[80.0, -80.0, 0.0]], requires_grad=True)
    found = loss(kind=kind, exclusive=exclusive)(logits, torch.tensor([[0.0, 1.0, 0.0]]))
    found.backward()
    assert torch.isfinite(found)
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    assert logits.grad[0, 1] <= 0 <= logits.grad[0, 0]
