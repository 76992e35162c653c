"""Predictions of several taggers, or several checkpoints of one -> their mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from earmark.errors import DataError
from earmark.evaluation.clip_index import ClipIndex
from earmark.evaluation.predictions import Predictions
from earmark.ontology import Label

__all__ = ["average"]


def average(parts: Sequence[Predictions]) -> Predictions:
    """Take the mean of the scores, clip by clip and class by class.

    Clips and classes are put in the order of the first; clips that not all of them have are left
    out.

    Parameters
    ----------
    parts : sequence of Predictions

    Returns
    -------
    Predictions
        Its title says of how many it is the mean; the mean of one part is that part.

    Raises
    ------
    DataError
        If there are none, they are of different classes, they have no clip in common, or a clip
        comes twice in one of them.
    """
    if not parts:
        raise DataError("there are no predictions to average")
    first = parts[0]
    if len(parts) == 1:
        return first
    ordered = [first, *(_reordered(part, first.table) for part in parts[1:])]
    rows = np.stack([_index(part).rows(first.ids, first.starts) for part in ordered])
    common = (rows >= 0).all(axis=0)
    if len(first) and not common.any():
        titles = ", ".join(part.title for part in parts)
        raise DataError(f"{titles} have no clip in common: average predictions of the same clips")
    # One sum that grows: all parts' scores at once would take as much memory as all of them again.
    total = np.zeros((int(common.sum()), len(first.table)), np.float32)
    for part, places in zip(ordered, rows, strict=True):
        total += part.scores[places[common]]
    total /= len(parts)
    return replace(
        first.take(np.flatnonzero(common)),
        scores=total,
        title=f"average of {len(parts)}",
        calibration=None,
        complete=all(part.complete for part in parts),
    )


def _index(part: Predictions) -> ClipIndex:
    return ClipIndex(part.ids, part.starts, what=part.title or "predictions")


def _reordered(part: Predictions, table: tuple[Label, ...]) -> Predictions:
    """Put classes into the order of another table, by their ids."""
    if [label.id for label in part.table] == [label.id for label in table]:
        return part
    places = {label.id: label.index for label in part.table}
    strange = sorted(places.keys() ^ {label.id for label in table})
    if strange:
        raise DataError(
            f"{part.title or 'predictions'} cannot be averaged with those of other classes: "
            f"{strange[0]!r} is not in both"
        )
    columns = np.array([places[label.id] for label in table], np.intp)
    return replace(part, scores=part.scores[:, columns], table=table, calibration=None)
