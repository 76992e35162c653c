"""One tagger, or several and their average, held against what people heard."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.evaluation.averaging import average
from earmark.evaluation.calibration import fit_calibration
from earmark.evaluation.evaluate import ClassResult, Evaluation, evaluate
from earmark.evaluation.label_quality import LabelQuality
from earmark.evaluation.predictions import Predictions
from earmark.evaluation.reliability import Reliability
from earmark.evaluation.truth import Labelled, Matched, match

__all__ = ["CLASS_COLUMNS", "OVERALL", "Assessment", "Member", "assess", "cross_fitted"]

OVERALL = ("mAP", "mAUC", "d_prime", "lwlrap", "hit_at_1", "perr", "map_at_20", "gap")
"""The metrics of an `Evaluation` that are one number."""
CLASS_COLUMNS = (
    "index",
    "id",
    "name",
    "count",
    "ap",
    "auc",
    "d_prime",
    "lwlrap",
    "best_f1",
    "best_threshold",
    "label_quality",
)
"""What is said of each class, in a table."""


@dataclass(frozen=True)
class Member:
    """One of several whose average was taken."""

    title: str
    """What it is."""
    evaluation: Evaluation
    """How good it is alone."""


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """How good it is, and all that this was found from."""

    matched: Matched
    """What people heard and what was predicted."""
    evaluation: Evaluation
    """How good it is; where there are several, how good their average is."""
    members: tuple[Member, ...] = ()
    """Each of them alone; none where there is but one."""
    calibrated: NDArray[np.float32] | None = None
    """float32 [clips, classes]: the scores as probabilities; None where nobody knows these."""

    @property
    def title(self) -> str:
        """What it is that is assessed."""
        return self.matched.predictions.title

    @property
    def calibration_errors(self) -> tuple[float, float | None]:
        """Return the expected calibration error of the scores, and of the probabilities."""
        truth = self.matched.truth
        before = Reliability.of(truth, self.matched.predictions.scores).bins().error
        if self.calibrated is None:
            return before, None
        return before, Reliability.of(truth, self.calibrated).bins().error

    def to_json(self) -> str:
        """Return one object, with ``null`` for what is not defined."""
        overall = asdict(self.evaluation)
        overall.pop("per_class")
        said = {
            "title": self.title,
            **overall,
            "members": [
                {"title": member.title, **{key: getattr(member.evaluation, key) for key in OVERALL}}
                for member in self.members
            ],
            "unknown_labels": [
                {"id": label.id, "name": label.name, "count": count}
                for label, count in self.matched.unknown
            ],
            "unlabelled_classes": [
                {"id": label.id, "name": label.name} for label in self.matched.unlabelled
            ],
            "classes": [
                dict(zip(CLASS_COLUMNS, _cells(result), strict=True))
                for result in self.evaluation.per_class
            ],
        }
        return json.dumps(_finite(said), ensure_ascii=False, allow_nan=False)

    def to_csv(self) -> str:
        """Return a table with a row for each class, and nothing where something is not defined."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(CLASS_COLUMNS)
        for result in self.evaluation.per_class:
            writer.writerow([_spell(cell) for cell in _cells(result)])
        return text.getvalue()


def assess(
    labelled: Labelled,
    members: Sequence[Predictions],
    *,
    quality: Mapping[str, LabelQuality] | None = None,
    calibrate: bool = False,
) -> Assessment:
    """Say how good predictions are, and how good their average is if there are several.

    Parameters
    ----------
    labelled : Labelled
        What people heard.
    members : sequence of Predictions
    quality : mapping of str to LabelQuality, optional
        How far the labels are to be trusted.
    calibrate : bool
        Whether to find on these clips how scores become probabilities, in place of what the tagger
        knows of that.

    Raises
    ------
    DataError
        If there is nothing that can be judged.
    """
    matched = match(labelled, average(members))
    alone = []
    for member in members if len(members) > 1 else ():
        own = match(labelled, member)
        alone.append(Member(member.title, evaluate(own.truth, own.predictions.scores, own.table)))
    predictions = matched.predictions
    calibrated = None
    if calibrate:
        calibrated = cross_fitted(matched.truth, predictions.scores)
    elif predictions.calibration is not None:
        calibrated = predictions.calibration.apply(predictions.scores)
    return Assessment(
        matched=matched,
        evaluation=evaluate(matched.truth, predictions.scores, matched.table, quality=quality),
        members=tuple(alone),
        calibrated=calibrated,
    )


def cross_fitted(truth: NDArray[np.bool_], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Read the scores of each half of the clips as the other half teaches.

    What is found on clips fits these clips too well, so that an error measured on them says little
    of others.

    Parameters
    ----------
    truth : bool [clips, classes]
    scores : float32 [clips, classes]

    Returns
    -------
    float32 [clips, classes]
    """
    probabilities = np.empty_like(scores)
    # By chance, as every second clip of a list may well be of the same few classes.
    order = np.random.default_rng(0).permutation(len(scores))
    halves = order[::2], order[1::2]
    for mine, other in (halves, halves[::-1]):
        if truth[other].any():
            probabilities[mine] = fit_calibration(truth[other], scores[other]).apply(scores[mine])
        else:
            probabilities[mine] = scores[mine]
    return probabilities


def _cells(result: ClassResult) -> tuple[int | float | str, ...]:
    return tuple(
        getattr(result, "quality" if name == "label_quality" else name) for name in CLASS_COLUMNS
    )


def _spell(value: object) -> object:
    if not isinstance(value, float):
        return value
    return f"{value:.6f}" if math.isfinite(value) else ""


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
