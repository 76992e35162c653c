"""What is done between the steps of a run: averaging, measuring, noting, keeping, stopping.

All of it is one callback, as the order matters: a checkpoint holds what was measured at its step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from lightning import Callback, LightningModule, Trainer
from numpy.typing import NDArray

from earmark.classifiers.base import ClipClassifier
from earmark.errors import UsageError
from earmark.formats import Labels
from earmark.training.averaging import WeightAverage
from earmark.training.checkpoints import write_weights
from earmark.training.clips import Clips
from earmark.training.listening import Listener
from earmark.training.log import RunLog
from earmark.training.module import Fitting
from earmark.training.settings import TrainSettings
from earmark.training.validating import clip_scores, measured

__all__ = ["Course", "Passed", "Places", "Watch"]


@dataclass(frozen=True)
class Places:
    """Where a run keeps what it is at."""

    checkpoint: Path
    """All that is needed to go on."""
    weights: Path
    """The weights that are the result, or would be if the run ended now."""
    table: Path
    """The log."""
    events: Path
    """The log for TensorBoard, a folder."""


@dataclass(frozen=True)
class Watch:
    """The clips that a run is measured on between steps."""

    clips: Clips
    labels: Labels
    exclusive: bool
    after: Callable[[int, NDArray[np.float32], ClipClassifier], None] | None = None
    """Is given the step, the scores [clips, classes] and the classifier, each time."""


@dataclass
class Passed:
    """What there is to say of a run so far."""

    seconds: float = 0.0
    """How long its steps took, those before an interruption included."""
    steps: int = 0
    """How many there were."""
    loss: float = math.nan
    """Mean loss of those between the last two notes."""
    measure: float = math.nan
    """What was monitored, when it was last measured."""
    best: float = math.nan
    """The best of those."""
    best_step: int = 0
    """Where that was."""
    worse: int = 0
    """How many times in a row it was no better."""
    ended: bool = False
    """Whether the run is over."""


class Course(Callback):
    """Looks after a run from its first step to its last.

    Parameters
    ----------
    settings : TrainSettings
    places : Places
    watch : Watch or None
        What to measure on, if anything.
    listener : Listener
    stop : callable
        Whether the user wants the run to end now.
    """

    def __init__(
        self,
        settings: TrainSettings,
        *,
        places: Places,
        watch: Watch | None,
        listener: Listener,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings, self._places, self._watch = settings, places, watch
        self._listener, self._stop = listener, stop
        self._average: WeightAverage | None = None
        self._log: RunLog | None = None
        self._loaded: dict[str, Any] | None = None
        self._losses = self._mark = 0.0
        self._noted = 0
        self.passed = Passed()

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Begin, or go on, with everything in its place."""
        assert isinstance(module, Fitting)
        settings, step = self._settings, trainer.global_step
        self._average = WeightAverage(settings.averaging, module.classifier, total=module.steps)
        if self._loaded is not None:
            self._average.load_state_dict(self._loaded["average"])
            module.losses.fill_(self._loaded["losses"])
            self._noted = self._loaded["noted"]
        self._log = RunLog(self._places.table, events=self._places.events, step=step)
        self._mark = perf_counter()

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Do what is due after a step."""
        assert isinstance(module, Fitting)
        assert self._average is not None
        step, settings, passed = trainer.global_step, self._settings, self.passed
        passed.steps, last = step, step == module.steps
        self._average.update(step - 1)
        measures = last or step % settings.validation.every == 0
        values: dict[str, float] = {}
        if last or step % settings.log_every == 0 or (measures and self._watch is not None):
            values |= self._note(trainer, module)
        else:
            self._take_time()
        if measures and self._watch is not None:
            values |= self._validate(self._watch, module)
        if values:
            self._tell(values)
        self._listener.stepped(step)
        patience = settings.validation.patience
        passed.ended = last or bool(patience and passed.worse >= patience)
        trainer.should_stop |= passed.ended or self._stop()
        if trainer.should_stop or step % settings.checkpoint_every == 0:
            self._keep(trainer, module)
        self._mark = perf_counter()

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Close what is open."""
        self._close()

    def on_exception(
        self, trainer: Trainer, module: LightningModule, exception: BaseException
    ) -> None:
        """Close what is open; on a full disk that fails, too, and what came first is to be told."""
        with suppress(OSError):
            self._close()

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint is to hold of all this."""
        assert self._average is not None
        return {
            "average": self._average.state_dict(),
            "losses": self._losses,
            "noted": self._noted,
            "passed": asdict(self.passed),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what a checkpoint holds, once there is a module to go on with."""
        self._loaded = state_dict
        self.passed = Passed(**state_dict["passed"])

    def _note(self, trainer: Trainer, module: Fitting) -> dict[str, float]:
        """Read the mean loss of the steps since the last note."""
        passed, many = self.passed, self.passed.steps - self._noted
        passed.loss = float(module.losses) / many
        if not math.isfinite(passed.loss):
            rate = self._settings.optimiser.lr
            raise UsageError(
                f"the loss is {passed.loss} after iteration {passed.steps}, so nothing more is "
                f"learnt: lower optimiser.lr, which is {rate:g}, or set optimiser.clip_gradient"
            )
        module.losses.zero_()
        self._noted = passed.steps
        spent = self._take_time()
        return {
            "loss": passed.loss,
            "lr": trainer.optimizers[0].param_groups[0]["lr"],
            "clips_per_second": module.batch / max(spent, 1e-9),
        }

    def _validate(self, watch: Watch, module: Fitting) -> dict[str, float]:
        """Measure, and keep the weights if they are the best so far and that is wanted."""
        assert self._average is not None
        settings, passed = self._settings.validation, self.passed
        with self._average.in_place():
            scores = clip_scores(module.classifier, watch.clips)
            found = measured(scores, watch.labels, exclusive=watch.exclusive)
            passed.measure = getattr(found, settings.monitor)
            if settings.is_better(passed.measure, passed.best):
                passed.best, passed.best_step, passed.worse = passed.measure, passed.steps, 0
                if settings.keep == "best":
                    write_weights(self._places.weights, module.classifier)
            else:
                passed.worse += 1
            if watch.after is not None:
                watch.after(passed.steps, scores, module.classifier)
        return {
            "mAP": found.mAP,
            "mAUC": found.mAUC,
            "accuracy": found.accuracy,
            "validation_loss": found.loss,
        }

    def _tell(self, values: dict[str, float]) -> None:
        assert self._log is not None
        step = self.passed.steps
        self._log.write({"seconds": self.passed.seconds, **values}, step=step)
        self._listener.noted(step, values)

    def _keep(self, trainer: Trainer, module: Fitting) -> None:
        """Write the checkpoint, and at the end the weights before it."""
        assert self._average is not None
        if self.passed.ended and self._settings.validation.keep == "last":
            with self._average.in_place():
                write_weights(self._places.weights, module.classifier)
        self._losses = float(module.losses)
        trainer.save_checkpoint(self._places.checkpoint)

    def _take_time(self) -> float:
        """Add the time since the last callback, which is a step's, and return it."""
        spent = perf_counter() - self._mark
        self.passed.seconds += spent
        return spent

    def _close(self) -> None:
        log, self._log = self._log, None
        if log is not None:
            log.close()
