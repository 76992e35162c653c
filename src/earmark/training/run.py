"""One run: from random weights to a tagger's folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import numpy as np
import torch
from lightning import Trainer
from numpy.typing import NDArray

from earmark.classifiers.base import ClipClassifier
from earmark.errors import DataError
from earmark.formats import EmbeddingSet
from earmark.training.checkpoints import WholeFiles, load_weights, read_checkpoint
from earmark.training.clips import Clips
from earmark.training.course import Course, Passed, Watch
from earmark.training.data import TrainingData
from earmark.training.hardware import computing, device_of, precision_of
from earmark.training.layouts import Layout
from earmark.training.listening import Listener
from earmark.training.losses import Loss
from earmark.training.module import Fitting, Steps, key_of
from earmark.training.result import METRICS, read_outcome, write_tagger
from earmark.training.sampling import make_sampler
from earmark.training.settings import TrainSettings
from earmark.training.starting import Started, freeze, start, use_prior
from earmark.training.trained import Outcome, Trained
from earmark.training.validating import Measured, clip_scores, measured

__all__ = ["Run"]


class Run:
    """One run.

    Parameters
    ----------
    data : TrainingData
    settings : TrainSettings
        With the run's own seeds.
    layout : Layout
        Where things go.
    listener : Listener
        Is told how it goes.
    notices : tuple of str
        What may be wrong with the data, for the model card.

    Raises
    ------
    EarmarkError
        If the classifier cannot be made, or what it starts from is not there or does not fit.
    UsageError
        If there is no such hardware.
    """

    def __init__(
        self,
        data: TrainingData,
        settings: TrainSettings,
        *,
        layout: Layout,
        listener: Listener,
        notices: tuple[str, ...] = (),
    ) -> None:
        self._data, self._settings, self._layout = data, settings, layout
        self._listener, self._notices = listener, notices
        self._device = device_of(settings.hardware)
        # Seeded apart from the steps, of which the first would otherwise draw the same numbers.
        with torch.random.fork_rng():
            torch.manual_seed(key_of(settings.seed, -1))
            self.started: Started = start(
                settings.start,
                settings.classifier,
                table=data.table,
                exclusive=data.exclusive,
                identity=data.identity,
            )

    def trained(self, *, stop: Callable[[], bool]) -> Trained | None:
        """Do all that is not done yet.

        Parameters
        ----------
        stop : callable
            Whether the user wants to end it now.

        Returns
        -------
        Trained or None
            None if it was ended before it was over.
        """
        if (self._layout.tagger / "config.json").exists():
            return self._described(read_outcome(self._layout.tagger / METRICS))
        with computing(self._settings.hardware):
            passed, batch = self._fitted(stop)
            if not passed.ended:
                return None
            classifier = self.started.classifier
            load_weights(self._layout.places().weights, classifier)
            outcome = Outcome(
                seed=self._settings.seed,
                iterations=passed.steps,
                batch=batch,
                seconds=passed.seconds,
                clips_per_second=passed.steps * batch / max(passed.seconds, 1e-9),
                loss=passed.loss,
                best_iteration=passed.best_step or None,
                validation=self.measured(classifier, self._data.validation),
                test=self.measured(classifier, self._data.test),
            )
            described = self._described(outcome)
            if self._layout.extras is not None:
                self._layout.extras.finish(classifier)
            write_tagger(
                described,
                classifier,
                name=self._layout.name,
                kind=self._settings.classifier.kind,
                data=self._data,
            )
        shutil.rmtree(self._layout.working, ignore_errors=True)
        return described

    def measured(self, classifier: ClipClassifier, clips: EmbeddingSet | None) -> Measured | None:
        """Say how good a classifier is on some clips; None where there are none."""
        if clips is None:
            return None
        there = self._clips(clips)
        scores = clip_scores(classifier.to(self._device), there)
        return measured(scores, clips.labels, exclusive=self._data.exclusive)

    def _fitted(self, stop: Callable[[], bool]) -> tuple[Passed, int]:
        """Take all steps that are left; return what passed, and how many clips a batch has."""
        places = self._layout.places()
        module = self._module()
        course = Course(
            self._settings,
            places=places,
            watch=self._watch(),
            listener=self._listener,
            stop=stop,
        )
        goes_on = places.checkpoint.exists()
        if goes_on:
            kept = read_checkpoint(places.checkpoint)
            course.load_state_dict(_of_course(kept, course.state_key))
        if not course.passed.ended:
            steps = course.passed.steps
            self._listener.began(step=steps, steps=module.steps, batch=module.batch)
            self._trainer(course, module).fit(
                module,
                Steps(module.steps),
                ckpt_path=places.checkpoint if goes_on else None,
                weights_only=True,
            )
        return course.passed, module.batch

    def _module(self) -> Fitting:
        data, settings = self._data, self._settings
        labels = data.train.labels
        counts = np.bincount(labels.values, minlength=len(data.table))
        loss = Loss(settings.loss, counts=counts, clips=len(labels), exclusive=data.exclusive)
        freeze(self.started, settings.start)
        if settings.start.prior and settings.start.folder is None:
            use_prior(self.started.classifier, loss.prior)
        return Fitting(
            self.started,
            clips=self._clips(data.train),
            sampler=make_sampler(settings.sampling, labels),
            loss=loss,
            settings=settings,
            seed=settings.seed,
        )

    def _trainer(self, course: Course, module: Fitting) -> Trainer:
        precision = precision_of(self._settings.hardware, self._device)
        return Trainer(
            accelerator="gpu" if self._device.type == "cuda" else "cpu",
            devices=1,
            precision="bf16-mixed" if precision == "bf16" else "32-true",
            max_epochs=1,
            max_steps=module.steps,
            callbacks=[course],
            plugins=[WholeFiles()],
            logger=False,  # the course notes what there is to note
            enable_checkpointing=False,  # and keeps what there is to keep
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=self._layout.working,
        )

    def _watch(self) -> Watch | None:
        clips = self._data.validation
        if clips is None:
            return None
        extras = self._layout.extras

        def after(step: int, scores: NDArray[np.float32], classifier: ClipClassifier) -> None:
            if extras is not None:
                extras.write(step, scores=scores, clips=clips, classifier=classifier)

        return Watch(
            clips=self._clips(clips),
            labels=clips.labels,
            exclusive=self._data.exclusive,
            after=after,
        )

    def _clips(self, clips: EmbeddingSet) -> Clips:
        return Clips(clips, classes=len(self._data.table), device=self._device)

    def _described(self, outcome: Outcome) -> Trained:
        return Trained(
            folder=self._layout.tagger,
            settings=self._settings,
            runs=(outcome,),
            validation=outcome.validation,
            test=outcome.test,
            notices=self._notices,
        )


def _of_course(checkpoint: dict[str, object], key: str) -> dict[str, object]:
    """What a checkpoint holds of the course."""
    callbacks = checkpoint.get("callbacks")
    if not isinstance(callbacks, dict) or not isinstance(callbacks.get(key), dict):
        raise DataError(
            "the checkpoint is of another version of earmark: remove the output to begin anew"
        )
    found: dict[str, object] = callbacks[key]
    return found
