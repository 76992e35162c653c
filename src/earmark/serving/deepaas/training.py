"""Trains for DEEPaaS, as DEEP-OC's lists and arguments say."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earmark.audio import Skipped
from earmark.bundle import Bundle
from earmark.embedders import AUDIOSET, Identity
from earmark.errors import DataError, ModelError, UsageError
from earmark.serving.deepaas.arguments import TrainArguments, parse
from earmark.serving.deepaas.models import TIME
from earmark.serving.deepaas.places import LISTS, MODELS, inside
from earmark.serving.deepaas.recipe import settings_of, with_length
from earmark.serving.deepaas.settings import DeepaasSettings

if TYPE_CHECKING:
    from earmark.training import TrainingData, TrainSettings
    from earmark.training.sounds import SoundSet

__all__ = ["train"]

logger = logging.getLogger("earmark.serving.deepaas")


def train(given: Mapping[str, Any], *, settings: DeepaasSettings) -> dict[str, str]:
    """Train a tagger on what DEEP-OC's lists name.

    No recording is written to or moved, and no result of an earlier training is touched.

    Parameters
    ----------
    given : mapping
        The arguments of `TrainArguments`.
    settings : DeepaasSettings

    Returns
    -------
    dict of str
        ``modelname``: the result's name, which `predict` takes as ``timestamp``.

    Raises
    ------
    EarmarkError
        If anything cannot be read, or does not go together.
    UsageError
        If PyTorch is not there.
    """
    arguments = parse(TrainArguments, given)
    base = inside(
        arguments.base_directory, base=settings.base, settings=settings, name="base_directory"
    )
    audio = inside(
        arguments.dataset_directory, base=base, settings=settings, name="dataset_directory"
    )
    lists = _lists(base / LISTS)
    try:
        from earmark.training.fit import fit
    except ImportError as error:
        raise UsageError(f"train needs {error.name}: pip install 'earmark[train]'") from error
    from earmark.serving.deepaas.records import write_records

    told = _Told()
    original = Bundle.find(settings.model)
    data, wanted = _prepared(arguments, lists, audio=audio, original=original, told=told)
    folder = _taken(base / MODELS)
    wanted = wanted.model_copy(update={"name": folder.name})
    trained = fit(data, wanted, folder, listener=told)
    write_records(folder, arguments, trained, lists=lists, notes=told.notes, skipped=told.left_out)
    return {"modelname": folder.name}


def _prepared(
    arguments: TrainArguments, lists: Path, *, audio: Path, original: Bundle, told: _Told
) -> tuple[TrainingData, TrainSettings]:
    """Read what the lists name, and say how to learn from it."""
    from earmark.training import sounds

    begin = _start(arguments, original)
    wanted = settings_of(arguments, start=begin, audio_folder=str(audio))
    found = sounds.read(lists, wanted.sounds)
    _check(found, arguments)
    embedder = begin if found.are_blocks else original
    jobs = wanted.hardware.threads
    data = sounds.prepare(found, embedder, settings=wanted.sounds, jobs=jobs, watcher=told)
    if not arguments.use_validation:
        data = replace(data, validation=None)
    wanted = sounds.sized(wanted, data)
    validated = data.validation is not None
    return data, with_length(wanted, arguments, clips=len(data.train), validated=validated)


@dataclass
class _Told:
    """Keeps what there is to know of a training, and logs it."""

    notes: list[str] = field(default_factory=list)
    left_out: list[Skipped] = field(default_factory=list)

    def begin(self, total: int) -> None:
        logger.info("%d recordings are read", total)

    def heard(self, name: str, seconds: float, length: float | None) -> None:
        pass

    def done(self, name: str) -> None:
        pass

    def skipped(self, skipped: Skipped) -> None:
        self.left_out.append(skipped)
        logger.warning("left out: %s", skipped)

    def told(self, text: str) -> None:
        logger.info("%s", text)

    def note(self, text: str) -> None:
        self.notes.append(text)
        logger.warning("%s", text)

    notice = note

    def began(self, *, step: int, steps: int, batch: int) -> None:
        logger.info("training of %d steps of %d clips", steps, batch)

    def stepped(self, step: int) -> None:
        pass

    def noted(self, step: int, values: dict[str, float]) -> None:
        logger.info("step %d: %s", step, values)


def _start(arguments: TrainArguments, original: Bundle) -> Bundle | None:
    """Say whose classifier to go on from: none if it is of other embeddings than the lists name."""
    if arguments.compute_embeddings:
        original.require_embedder()
    elif not _fits(AUDIOSET, original.config.embedder):
        return None
    original.require_classifier()
    return original


def _fits(ours: Identity, theirs: Identity) -> bool:
    try:
        ours.require(theirs, what="a tagger")
    except ModelError:
        return False
    return True


def _lists(folder: Path) -> Path:
    """Find the lists.

    Raises
    ------
    UsageError
        If they are not there.
    """
    for name in ("classes.txt", "train.txt"):
        if not (folder / name).is_file():
            raise UsageError(
                f"{LISTS / name} is missing in base_directory: it needs classes.txt and train.txt"
            )
    return folder


def _check(found: SoundSet, arguments: TrainArguments) -> None:
    if arguments.num_classes not in (None, len(found.classes)):
        raise UsageError(
            f"num_classes is {arguments.num_classes} and classes.txt names {len(found.classes)}: "
            "make them the same, or num_classes null"
        )
    if not arguments.compute_embeddings and not found.are_blocks:
        raise DataError(
            "compute_embeddings is false, and the lists name recordings: make it true, or have "
            "dataset_directory hold blocks of embeddings (.npy)"
        )


def _taken(models: Path) -> Path:
    """Make the result's folder, which no other training has: it is called by the time.

    Raises
    ------
    DataError
        If it cannot be made.
    """
    now = datetime.now()
    try:
        models.mkdir(parents=True, exist_ok=True)
        while True:
            folder = models / now.strftime(TIME)
            with suppress(FileExistsError):
                folder.mkdir()
                return folder
            now += timedelta(seconds=1)
    except OSError as error:
        raise DataError(
            f"the folder for models cannot be written: {error.strerror or error}"
        ) from error
