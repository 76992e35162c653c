from __future__ import annotations

import numpy as np
import torch
from training.synthetic import some_clips

from earmark.training.clips import Clips
from earmark.training.losses import Loss
from earmark.training.module import Fitting, Steps, key_of
from earmark.training.sampling import make_sampler
from earmark.training.settings import TrainSettings
from earmark.training.starting import Started

CLIPS = some_clips(30)


def fitting(kind: str, *, reduction: str) -> Fitting:
    settings = TrainSettings.model_validate(
        {"batch": 10, "classifier": {"kind": kind}, "loss": {"reduction": reduction}}
    )
    torch.manual_seed(0)
    counts = np.bincount(CLIPS.labels.values, minlength=5)
    return Fitting(
        Started(settings.classifier.build(n_classes=5), frozenset()),
        clips=Clips(CLIPS, classes=5),
        sampler=make_sampler(settings.sampling, CLIPS.labels),
        loss=Loss(settings.loss, counts=counts, clips=30),
        settings=settings,
        seed=1,
    )


def test_keys_of_steps_look_as_if_they_came_from_nowhere() -> None:
    keys = [key_of(seed, step) for seed in range(20) for step in range(-1, 500)]
    assert len(set(keys)) == len(keys)
    assert all(0 <= key < 2**64 for key in keys)
    bits = np.array([[key >> bit & 1 for bit in range(64)] for key in keys])
    assert abs(bits.mean(axis=0) - 0.5).max() < 0.03
    changed = (bits[1:500] ^ bits[:499]).mean()
    assert abs(changed - 0.5) < 0.02


def test_steps_are_numbers_that_need_no_memory() -> None:
    steps = Steps(3)
    assert (len(steps), list(steps), list(steps)) == (3, [0, 1, 2], [0, 1, 2])
    steps.load_state_dict(steps.state_dict())


def test_penalties_go_with_the_loss() -> None:
    """YouTube-8M's go with a loss that is summed over classes; a mean is that part of it."""
    summed = fitting("moe", reduction="sum").training_step(0, 0)
    mean = fitting("moe", reduction="mean").training_step(0, 0)
    torch.testing.assert_close(summed, 5 * mean)


def test_losses_add_up_until_somebody_reads_them() -> None:
    module = fitting("logistic", reduction="mean")
    total = sum(module.training_step(0, 0).item() for _ in range(3))
    assert module.losses.item() == np.float32(total) or abs(module.losses.item() - total) < 1e-5
    assert not module.losses.requires_grad


def test_networks_side_by_side_learn_by_themselves() -> None:
    settings = {"kind": "pooled_ensemble", "networks": 3, "hidden": 8, "frame_units": 8, "heads": 2}
    module = fitting("logistic", reduction="mean")
    module.classifier = TrainSettings.model_validate({"classifier": settings}).classifier.build(
        n_classes=5
    )
    loss = module.training_step(0, 0)
    loss.backward()  # type: ignore[no-untyped-call]
    gradient = module.classifier.get_parameter("output.weight").grad
    assert gradient is not None
    assert (gradient.abs().sum(dim=(0, 2)) > 0).all()
