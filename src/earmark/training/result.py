"""The result of training: a tagger's folder, with all there is to know of how it came to be."""

from __future__ import annotations

import json
import logging
import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from earmark import __version__
from earmark.classifiers.base import ClipClassifier
from earmark.errors import DataError, first_line
from earmark.exporting.tagger_folder import TaggerParts, export_tagger
from earmark.training.card import model_card
from earmark.training.choice import sizes_of
from earmark.training.data import TrainingData
from earmark.training.embedder_copy import copy_embedder
from earmark.training.trained import Outcome, Trained
from earmark.training.validating import Measured

__all__ = ["METRICS", "read_outcome", "write_tagger"]

METRICS = "metrics.json"


def write_tagger(
    trained: Trained,
    classifier: ClipClassifier,
    *,
    name: str,
    kind: str,
    data: TrainingData,
) -> None:
    """Write the folder of a tagger; ``config.json``, which makes it one, comes last.

    Parameters
    ----------
    trained : Trained
        What there is to say of it.
    classifier : ClipClassifier
    name : str
        What the tagger is called, unless the settings say.
    kind : str
        What the classifier is called.
    data : TrainingData
        What it learnt from.

    Raises
    ------
    DataError
        If it cannot be written, as on a full disk.
    ModelError
        If ONNX Runtime computes something else than PyTorch.
    """
    folder, settings = trained.folder, trained.settings
    parts = TaggerParts(
        embedder=None,
        classifier=classifier.cpu().eval(),
        classifier_kind=kind,
        labels=data.table,
        name=settings.name or name,
        version=settings.version,
        created_by=f"earmark {__version__}, train",
        licence=settings.licence,
        identity=data.identity,
        half=False,
    )
    part = folder / ".result"
    shutil.rmtree(part, ignore_errors=True)
    try:
        with _without_asides():
            export_tagger(parts, part)
        if data.embedder is not None:
            copy_embedder(data.embedder, part)
        if len(trained.runs) == 1:
            _add_sizes(part / "config.json", classifier)
        _write_texts(part, trained, parts, data)
        files = sorted(part.iterdir(), key=lambda path: path.name == "config.json")
        for path in files:
            path.replace(folder / path.name)
        part.rmdir()
    except OSError as error:
        raise DataError(
            f"{folder} cannot be written: {error.strerror or first_line(error)}; make room and "
            "give the same command again"
        ) from error


def read_outcome(path: Path) -> Outcome:
    """Read what a run came to, which is over.

    Raises
    ------
    DataError
        If its file is damaged.
    """
    try:
        (found,) = json.loads(path.read_text(encoding="utf-8"))["runs"]
        for part in ("validation", "test"):
            found[part] = Measured(**_numbers(found[part])) if found[part] else None
        return Outcome(**_numbers(found))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} is damaged: remove {path.parent} to have that run done again"
        ) from error


@contextmanager
def _without_asides() -> Iterator[None]:
    """Have PyTorch's exporter not name a library that is missing, and that nothing here needs."""
    logger = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _write_texts(folder: Path, trained: Trained, parts: TaggerParts, data: TrainingData) -> None:
    settings = trained.settings
    dumped = yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False)
    (folder / "settings.yaml").write_text(dumped, encoding="utf-8")
    metrics = {
        "tagger": f"{parts.name} {parts.version}",
        "validation": _json(trained.validation),
        "test": _json(trained.test),
        "runs": [_finite(asdict(run)) for run in trained.runs],
        "spread": trained.spread(),
        "notices": list(trained.notices),
    }
    text = json.dumps(metrics, indent=2, ensure_ascii=False) + "\n"
    (folder / METRICS).write_text(text, encoding="utf-8")
    card = model_card(trained, parts=parts, data=data)
    (folder / "README.md").write_text(card, encoding="utf-8")


def _add_sizes(path: Path, classifier: ClipClassifier) -> None:
    """Have the config say of which sizes the classifier is, for training to go on from it."""
    config = json.loads(path.read_text())
    config["classifier"]["settings"] = sizes_of(classifier)
    path.write_text(json.dumps(config, indent=2) + "\n")


def _json(measures: Measured | None) -> dict[str, Any] | None:
    return None if measures is None else _finite(asdict(measures))


def _finite(value: Any) -> Any:
    """What JSON cannot say, as a number that is none, is null there."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _numbers(found: dict[str, Any]) -> dict[str, Any]:
    names = ("mAP", "mAUC", "d_prime", "accuracy", "loss")
    return {k: math.nan if v is None and k in names else v for k, v in found.items()}
