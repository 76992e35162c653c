"""What people heard in clips, made to fit what a tagger says of them.

Labels of a set and classes of a tagger are matched by their ids, and where an id is not known by
their names; never by their numbers, which mean one thing here and another there. What only one of
the two knows cannot be judged, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from earmark.classifiers.calibration import Calibration
from earmark.errors import DataError
from earmark.evaluation.clip_index import ClipIndex
from earmark.evaluation.predictions import Predictions
from earmark.formats import EmbeddingSet, Labels
from earmark.formats.segments import Segments
from earmark.ontology import Label

__all__ = ["Labelled", "Matched", "match"]


@dataclass(frozen=True, eq=False, repr=False)
class Labelled:
    """Clips with their labels, without embeddings."""

    ids: tuple[str, ...]
    """One for each clip."""
    starts: NDArray[np.float64]
    """float64 [clips], seconds; NaN where unknown."""
    labels: Labels
    """The labels of each."""
    table: tuple[Label, ...]
    """What they mean."""

    @classmethod
    def of(cls, chunks: Iterable[EmbeddingSet]) -> Labelled:
        """Keep of embedding sets what says which clips there are and what is in them.

        Raises
        ------
        DataError
            If they have different label tables.
        """
        parts = [cls(part.ids, part.starts, part.labels, part.table) for part in chunks]
        return cls.concatenate([part for part in parts if len(part)] or parts)

    @classmethod
    def of_segments(cls, segments: Segments) -> Labelled:
        """Take the rows of a list of segments."""
        labels = Labels.none(len(segments)) if segments.labels is None else segments.labels
        return cls(tuple(segments.ids), segments.starts, labels, segments.table)

    @classmethod
    def concatenate(cls, parts: Sequence[Labelled]) -> Labelled:
        """Lay them end to end.

        Raises
        ------
        DataError
            If they have different label tables.
        """
        table = parts[0].table if parts else ()
        if any(part.table != table for part in parts):
            raise DataError(
                "these sets have different label tables: evaluate them one by one, or convert "
                "their labels first"
            )
        return cls(
            ids=tuple(name for part in parts for name in part.ids),
            starts=np.concatenate([np.empty(0), *(part.starts for part in parts)]),
            labels=Labels.concatenate([part.labels for part in parts]),
            table=table,
        )

    def __len__(self) -> int:
        """Count the clips."""
        return len(self.ids)

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"Labelled({len(self)} clips, {len(self.labels.values)} labels)"


@dataclass(frozen=True, eq=False, repr=False)
class Matched:
    """Clips and classes that both the set and the tagger have."""

    truth: NDArray[np.bool_]
    """bool [clips, classes]: what people heard."""
    predictions: Predictions
    """What the tagger says of the same clips and classes, in its own order of classes."""
    unknown: tuple[tuple[Label, int], ...]
    """Labels of the set that the tagger does not know, with how often the set has each."""
    unlabelled: tuple[Label, ...]
    """Classes of the tagger that the set has no label for."""
    without_predictions: int
    """How many clips of the set the predictions lack."""
    without_labels: int
    """How many clips of the predictions the set lacks."""

    @property
    def table(self) -> tuple[Label, ...]:
        """The classes."""
        return self.predictions.table

    def __repr__(self) -> str:
        """Show how much of both there is."""
        return f"Matched({len(self.truth)} clips, {len(self.table)} classes)"


def match(labelled: Labelled, predictions: Predictions) -> Matched:
    """Bring together what people heard and what a tagger says.

    Parameters
    ----------
    labelled : Labelled
    predictions : Predictions

    Raises
    ------
    DataError
        If the set has no clips or no labels, nobody knows what its labels mean, or the two have no
        clip or no class in common.
    """
    _require_labels(labelled)
    columns = _columns(labelled.table, predictions)
    classes = np.unique(columns[columns >= 0])
    rows, predicted = _rows(labelled, predictions)
    counts = np.bincount(labelled.labels.values, minlength=len(labelled.table))
    known = set(classes.tolist())
    return Matched(
        truth=_multi_hot(labelled.labels.take(rows), columns, len(predictions.table))[:, classes],
        predictions=_part(predictions, predicted, classes),
        unknown=tuple(
            (label, int(counts[label.index]))
            for label in labelled.table
            if columns[label.index] < 0 and counts[label.index]
        ),
        unlabelled=tuple(label for label in predictions.table if label.index not in known),
        without_predictions=len(labelled) - len(np.unique(rows)),
        without_labels=len(predictions) - len(predicted),
    )


def _require_labels(labelled: Labelled) -> None:
    if not len(labelled):
        raise DataError("there are no clips to evaluate on: see what --data and --split name")
    if not len(labelled.labels.values):
        raise DataError(
            f"none of the {len(labelled)} clips has a label, and without labels nobody knows what "
            "is right: give them with --segments CSV"
        )
    if not labelled.table:
        raise DataError(
            "the set's labels are numbers, and nobody knows what they mean: give them as ids with "
            "--segments CSV"
        )


def _columns(listed: Sequence[Label], predictions: Predictions) -> NDArray[np.intp]:
    """Find the tagger's class for each label of a set, or -1: int [labels]."""
    ids = {label.id: label.index for label in predictions.table}
    names = {label.name.casefold(): label.index for label in predictions.table}
    found = [ids.get(label.id, names.get(label.name.casefold(), -1)) for label in listed]
    columns = np.array(found, np.intp)
    if (columns < 0).all():
        raise DataError(
            f"the set's labels ({_some(listed)}) are none of the classes of {_title(predictions)} "
            f"({_some(predictions.table)}): take a tagger that knows them, or give other labels "
            "with --segments CSV"
        )
    return columns


def _rows(
    labelled: Labelled, predictions: Predictions
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find the clips that both have: their rows in the one, and in the other."""
    index = ClipIndex(labelled.ids, labelled.starts, what="the set")
    rows = index.rows(predictions.ids, predictions.starts)
    predicted = np.flatnonzero(rows >= 0)
    if not len(predicted):
        first = f", as {predictions.ids[0]!r}" if len(predictions) else ""
        raise DataError(
            f"{_title(predictions)} has none of the set's clips, as {labelled.ids[0]!r}, but "
            f"{len(predictions)} others{first}: take predictions of this set"
        )
    seen, times = np.unique(rows[predicted], return_counts=True)
    if times.max() > 1:
        name = labelled.ids[seen[times.argmax()]]
        raise DataError(f"{_title(predictions)} has the clip {name!r} of the set more than once")
    return rows[predicted], predicted


def _multi_hot(labels: Labels, columns: NDArray[np.intp], classes: int) -> NDArray[np.bool_]:
    truth = np.zeros((len(labels), classes), np.bool_)
    clips = np.repeat(np.arange(len(labels)), labels.counts)
    places = columns[labels.values]
    truth[clips[places >= 0], places[places >= 0]] = True
    return truth


def _part(
    predictions: Predictions, rows: NDArray[np.intp], classes: NDArray[np.intp]
) -> Predictions:
    """Return some rows and some classes; the same object if it is all of them."""
    if len(rows) < len(predictions):
        predictions = predictions.take(rows)
    if len(classes) == len(predictions.table):
        return predictions
    chosen = [predictions.table[at] for at in classes.tolist()]
    table = tuple(Label(at, label.id, label.name) for at, label in enumerate(chosen))
    return replace(
        predictions,
        scores=predictions.scores[:, classes],
        table=table,
        calibration=_part_of_calibration(predictions.calibration, classes),
    )


def _part_of_calibration(
    calibration: Calibration | None, classes: NDArray[np.intp]
) -> Calibration | None:
    if calibration is None:
        return None
    return Calibration(
        slopes=calibration.slopes[classes],
        offsets=calibration.offsets[classes],
        thresholds=calibration.thresholds[classes],
        n_clips=calibration.n_clips,
    )


def _title(predictions: Predictions) -> str:
    return predictions.title or "the tagger"


def _some(labels: Sequence[Label]) -> str:
    names = ", ".join(label.name for label in labels[:3])
    return names if len(labels) <= 3 else f"{names} and {len(labels) - 3} more"
