"""Fits a classifier to data: in one run or several, from the beginning or where it was stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from earmark.classifiers.base import ClipClassifier
from earmark.errors import UsageError
from earmark.training.averaged import Averaged
from earmark.training.data import TrainingData, hold_out
from earmark.training.layouts import Layout, LayoutName, layout_of
from earmark.training.listening import Listener, Silent
from earmark.training.result import write_tagger
from earmark.training.run import Run
from earmark.training.settings import TrainSettings
from earmark.training.starting import AVERAGE, StartSettings, choice_of, start
from earmark.training.trained import Trained
from earmark.training.workplace import Workplace

__all__ = ["fit", "until_asked_to_stop"]


def fit(
    data: TrainingData,
    settings: TrainSettings,
    output: Path,
    *,
    layout: LayoutName = "earmark",
    listener: Listener | None = None,
) -> Trained:
    """Train a classifier, and write a tagger's folder.

    An interrupted run goes on when this is called again with the same arguments. The result is the
    same, bit for bit, as if it had not been interrupted.

    Parameters
    ----------
    data : TrainingData
        What to learn from.
    settings : TrainSettings
    output : Path
        The folder to be; nothing that is there is overwritten.
    layout : {"earmark", "kong"}
        Where in it things are; see `earmark.training.layouts`.
    listener : Listener, optional
        Is told how it goes.

    Returns
    -------
    Trained
        The tagger's folder, and how good it is.

    Raises
    ------
    DataError
        If the data are not fit to learn from, or something cannot be written, as on a full disk.
    UsageError
        If settings do not go together, or the folder holds something else.
    KeyboardInterrupt
        If Ctrl-C was pressed; what was done until then is kept.
    """
    listener = listener or Silent()
    place = Workplace(output, settings=settings, data=data.fingerprint())
    data = _prepared(data, settings)
    notices = tuple(data.notices())
    runs = [
        Run(
            data,
            each,
            layout=layout_of(layout, output, settings, seed=each.seed),
            listener=listener,
            notices=notices,
        )
        for each in _each_run(settings)
    ]
    for text in notices:
        listener.notice(text)
    with place.taken(), until_asked_to_stop() as stop:
        results = []
        for run in runs:
            found = run.trained(stop=stop)
            if found is None:
                raise KeyboardInterrupt
            results.append(found)
        trained = results[0]
        if len(results) > 1:
            where = layout_of(layout, output, settings)
            trained = _averaged(where, results, data, settings, measure=runs[0])
        place.finish()
    return trained


def _prepared(data: TrainingData, settings: TrainSettings) -> TrainingData:
    """Take of the data what the settings ask for."""
    if settings.data.limit is not None:
        data = replace(data, train=data.train[: settings.data.limit])
    if settings.data.dequantiser is not None:
        data = data.read_as(settings.data.dequantiser)
    wanted = settings.validation
    if wanted.share:
        data = hold_out(data, share=wanted.share, seed=wanted.seed)
    if wanted.is_needed and data.validation is None:
        name = "validation.patience" if wanted.patience else "validation.keep best"
        raise UsageError(
            f"{name} needs clips to measure on: give validation.split or validation.share"
        )
    return data


def _each_run(settings: TrainSettings) -> Iterator[TrainSettings]:
    """The settings of each run: as many as there are seeds, each with its own."""
    for number in range(settings.seeds):
        sampling = settings.sampling
        update = {
            "seed": settings.seed + number,
            "seeds": 1,
            "sampling": sampling.model_copy(update={"seed": sampling.seed + number}),
        }
        if settings.seeds > 1 and settings.name:
            update["name"] = f"{settings.name}-seed-{settings.seed + number}"
        yield settings.model_copy(update=update)


def _averaged(
    where: Layout,
    results: list[Trained],
    data: TrainingData,
    settings: TrainSettings,
    *,
    measure: Run,
) -> Trained:
    """Make one tagger of several, whose scores are the mean of theirs."""
    members: list[ClipClassifier] = [
        start(
            StartSettings(folder=str(each.folder)),
            choice_of(str(each.folder)),
            table=data.table,
            exclusive=data.exclusive,
            identity=data.identity,
        ).classifier
        for each in results
    ]
    classifier = Averaged(members)
    trained = Trained(
        folder=where.tagger,
        settings=settings,
        runs=tuple(each.runs[0] for each in results),
        validation=measure.measured(classifier, data.validation),
        test=measure.measured(classifier, data.test),
        notices=results[0].notices,
    )
    kind = f"{AVERAGE} {len(members)} {settings.classifier.kind}"
    write_tagger(trained, classifier, name=where.name, kind=kind, data=data)
    return trained


@contextmanager
def until_asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Take note of Ctrl-C, and let the step that is under way come to its end.

    The second Ctrl-C ends it at once, as Python would.
    """
    asked: list[int] = []
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield lambda: False
        return

    def note(number: int, _: object) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)
