"""DEEP-OC's arguments of a training as earmark's settings of one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from earmark.bundle import Bundle
from earmark.errors import UsageError
from earmark.serving.deepaas.arguments import TrainArguments

if TYPE_CHECKING:
    from earmark.training.settings import TrainSettings

__all__ = ["KEPT_RATE", "settings_of", "with_length"]

KEPT_RATE = 0.1
"""Rate of the weights that were trained before, as a share of the last layer's: DEEP-OC's."""


def settings_of(
    arguments: TrainArguments, *, start: Bundle | None, audio_folder: str
) -> TrainSettings:
    """Put together all settings of a training but those that follow from how much data there is.

    Parameters
    ----------
    arguments : TrainArguments
    start : Bundle or None
        The tagger whose classifier is gone on from; random weights if None.
    audio_folder : str
        Where the recordings are.

    Raises
    ------
    UsageError
        If arguments do not go together.
    """
    from earmark.training.recipes import settings_from
    from earmark.training.sounds import FEW
    from earmark.training.starting import choice_of

    if arguments.use_remote:
        raise UsageError("use_remote is true: nothing is sent to another monitor; make it false")
    values: dict[str, Any] = {
        "epochs": arguments.epochs,
        "batch": max(2, arguments.batch_size),
        "optimiser": {
            "kind": "adam",
            "lr": arguments.initial_lr,
            # Adam's decay is the gradient of half the sum of squares, and Keras's l2 of the whole.
            "weight_decay": 2 * arguments.l2_reg,
        },
        "schedule": _schedule(arguments),
        # Lists say what is for what: nothing is taken out of training.
        "sounds": {"audio_folder": audio_folder, "validation": 0.0},
        "classifier": FEW["classifier"],
    }
    if start is not None:
        rate = 0.0 if arguments.mode == "fast" else KEPT_RATE
        values["start"] = {"folder": str(start.folder), "rate": rate}
        values["classifier"] = choice_of(str(start.folder)).model_dump()
    if not arguments.use_multiprocessing:
        values["hardware"] = {"threads": 1}
    return settings_from(values)


def with_length(
    settings: TrainSettings, arguments: TrainArguments, *, clips: int, validated: bool
) -> TrainSettings:
    """Say how often to measure and to keep the state, which DEEP-OC counts in epochs.

    Raises
    ------
    UsageError
        If it is to stop early, and there is nothing to measure on.
    """
    steps = settings.steps(clips)
    update: dict[str, Any] = {}
    if arguments.ckpt_freq:
        update["checkpoint_every"] = max(1, round(arguments.ckpt_freq * steps))
    if validated:
        patience = math.ceil(0.1 * arguments.epochs) if arguments.use_early_stopping else 0
        update["validation"] = settings.validation.model_copy(
            update={
                "every": max(1, round(steps / arguments.epochs)),
                "monitor": "loss",
                "patience": patience,
            }
        )
    elif arguments.use_early_stopping:
        raise UsageError(
            "use_early_stopping is true, and there is nothing to measure on: give a val.txt with "
            "use_validation, or make it false"
        )
    return settings.model_copy(update=update)


def _schedule(arguments: TrainArguments) -> dict[str, Any]:
    if arguments.lr_schedule_mode is None:
        return {"kind": "constant"}
    return {
        "kind": arguments.lr_schedule_mode,
        "decay": arguments.lr_step_decay,
        "steps": arguments.lr_step_schedule,
    }
