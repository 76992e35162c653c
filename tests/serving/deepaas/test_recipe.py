"""DEEP-OC's arguments as settings of a training."""

from __future__ import annotations

from typing import Any

import pytest

from earmark.bundle import Bundle
from earmark.errors import UsageError
from earmark.serving.deepaas.arguments import TrainArguments
from earmark.serving.deepaas.recipe import settings_of, with_length
from earmark.training.settings import TrainSettings


def made(*, start: Bundle | None = None, **arguments: Any) -> TrainSettings:
    return settings_of(TrainArguments(**arguments), start=start, audio_folder="a")


def test_deep_ocs_own() -> None:
    settings = made(start=Bundle.find("compact"))
    assert settings.epochs == 15
    assert settings.batch == 500
    assert settings.optimiser.kind == "adam"
    assert settings.optimiser.lr == 1e-3
    assert settings.optimiser.weight_decay == 2e-4
    assert settings.schedule.kind == "step"
    assert settings.schedule.steps == (0.7, 0.9)
    assert settings.schedule.decay == 0.1
    assert settings.start.rate == 0.1
    assert settings.sounds.audio_folder == "a"
    assert settings.sounds.validation == 0
    assert settings.hardware.threads is None


def test_others() -> None:
    settings = made(
        start=Bundle.find("compact"),
        mode="fast",
        initial_lr=0.01,
        batch_size=1,
        lr_schedule_mode=None,
        l2_reg=0,
        use_multiprocessing=False,
    )
    assert settings.start.rate == 0
    assert settings.optimiser.lr == 0.01
    assert settings.optimiser.weight_decay == 0
    assert settings.batch == 2
    assert settings.schedule.kind == "constant"
    assert settings.hardware.threads == 1


def test_nothing_to_go_on_from() -> None:
    assert made(mode="fast").start.folder is None


def test_what_does_not_go_together() -> None:
    with pytest.raises(UsageError, match=r"^use_remote is true: nothing is sent"):
        made(use_remote=True)
    with pytest.raises(UsageError, match=r"steps must rise between 0 and 1"):
        made(lr_step_schedule=(0.9, 0.7))


def test_what_follows_from_the_data() -> None:
    arguments = TrainArguments(epochs=20, batch_size=10, ckpt_freq=0.25, use_early_stopping=True)
    settings = made(epochs=20, batch_size=10)
    found = with_length(settings, arguments, clips=50, validated=True)
    assert found.steps(50) == 100
    assert found.checkpoint_every == 25
    assert found.validation.every == 5
    assert found.validation.patience == 2
    assert found.validation.monitor == "loss"
    with pytest.raises(UsageError, match=r"^use_early_stopping is true, and there is nothing"):
        with_length(settings, arguments, clips=50, validated=False)


def test_no_early_stopping() -> None:
    settings = made()
    found = with_length(settings, TrainArguments(ckpt_freq=0), clips=1, validated=True)
    assert found.validation.patience == 0
    assert found.validation.every == 1
    assert found.checkpoint_every == settings.checkpoint_every
