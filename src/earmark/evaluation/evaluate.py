"""All metrics of some scores at once, over all classes and class by class."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from earmark.errors import DataError
from earmark.evaluation import metrics, ranking, youtube8m
from earmark.evaluation.label_quality import LabelQuality
from earmark.evaluation.statistics import Scores, ScoreStatistics, Truth, checked
from earmark.ontology import Label

__all__ = ["ClassResult", "Evaluation", "evaluate"]


@dataclass(frozen=True, kw_only=True)
class ClassResult:
    """How well one class is found; ``nan`` where that is not defined."""

    index: int
    """Its place among the scores."""
    id: str
    name: str
    count: int
    """How many clips have it."""
    ap: float
    """Average precision, in [0, 1]."""
    auc: float
    """Area under the ROC curve, in [0, 1]."""
    d_prime: float
    """``sqrt(2) * ppf(auc)``; infinite where the area is 1."""
    lwlrap: float
    """Precision at the rank of this label in its clips, averaged over them, in [0, 1]."""
    best_f1: float
    """The highest F1 of any threshold on these clips, in [0, 1]."""
    best_threshold: float
    """That threshold: the class is said to be there from this score on."""
    quality: float
    """Share of the clips with this label in which Google's raters heard it; nan where unknown."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """How well classes are found in some clips; each number by its own name.

    Means over classes leave those out that no clip has, and are ``nan`` where none is left.
    """

    mAP: float  # noqa: N815 (as everybody writes it)
    """Average precision averaged over classes: scikit-learn's macro mean, AudioSet's mAP."""
    mAUC: float  # noqa: N815
    """Area under the ROC curve averaged over classes; one that all clips have is left out, too."""
    d_prime: float
    """``sqrt(2) * ppf(mAUC)``"""
    lwlrap: float
    """Label-weighted label-ranking average precision."""
    hit_at_1: float
    """YouTube-8M's Hit@1: share of clips whose best class is a label; accuracy if it has one."""
    perr: float
    """YouTube-8M's precision at equal recall rate."""
    map_at_20: float
    """YouTube-8M's mAP, over each clip's twenty best classes."""
    gap: float
    """YouTube-8M's global average precision, over each clip's twenty best classes."""
    n_clips: int
    n_classes: int
    n_without_positives: int
    """How many classes no clip has."""
    per_class: tuple[ClassResult, ...]
    """One for each class, in the order of the scores."""

    def __repr__(self) -> str:
        """Show the three that are asked for most."""
        return (
            f"Evaluation(mAP {self.mAP:.4f}, mAUC {self.mAUC:.4f}, d' {self.d_prime:.3f}, "
            f"{self.n_clips} clips, {self.n_classes} classes)"
        )

    def to_json(self) -> str:
        """Return one object, with ``null`` for what is not defined or not finite."""
        fields = asdict(self)
        fields["per_class"] = [_finite(entry) for entry in fields["per_class"]]
        return json.dumps(_finite(fields), ensure_ascii=False, allow_nan=False)


def evaluate(
    truth: Truth,
    scores: Scores,
    table: Sequence[Label],
    *,
    quality: Mapping[str, LabelQuality] | None = None,
) -> Evaluation:
    """Measure scores by all metrics.

    Parameters
    ----------
    truth : bool [clips, classes] or Labels
        Which classes each clip has.
    scores : float32 [clips, classes]
        In [0, 1].
    table : sequence of Label
        The classes, in the order of the scores.
    quality : mapping of str to LabelQuality, optional
        Of each class by its id, as `earmark.evaluation.label_quality.read` returns it.

    Raises
    ------
    DataError
        If they do not fit together, there is no clip, or a score is not from 0 to 1.
    """
    there = checked(truth, scores, between_0_and_1=True)
    if len(table) != scores.shape[1]:
        raise DataError(
            f"there are scores of {scores.shape[1]} classes and a table of {len(table)} labels"
        )
    counts = ScoreStatistics.of(there, scores)
    ranks = ranking.LabelRanks.of(there, scores)
    top = youtube8m.TopEntries.of(there, scores)
    per_class = _per_class(counts, ranks, table, quality or {})
    mean_auc = metrics.mean(metrics.roc_auc(counts))
    return Evaluation(
        mAP=metrics.mean(metrics.average_precision(counts)),
        mAUC=mean_auc,
        d_prime=metrics.d_prime(mean_auc),
        lwlrap=ranking.lwlrap(ranks),
        hit_at_1=youtube8m.hit_at_1(ranks),
        perr=youtube8m.perr(ranks),
        map_at_20=youtube8m.map_at_k(top),
        gap=youtube8m.gap(top),
        n_clips=counts.n_clips,
        n_classes=counts.n_classes,
        n_without_positives=sum(not result.count for result in per_class),
        per_class=per_class,
    )


def _per_class(
    counts: ScoreStatistics,
    ranks: ranking.LabelRanks,
    table: Sequence[Label],
    quality: Mapping[str, LabelQuality],
) -> tuple[ClassResult, ...]:
    best = metrics.best_f1(counts)
    columns = (
        metrics.average_precision(counts),
        metrics.roc_auc(counts),
        ranking.lwlrap_per_class(ranks),
        best.f1,
        best.thresholds,
    )
    rows = zip(table, counts.positives.tolist(), *(each.tolist() for each in columns), strict=True)
    return tuple(
        ClassResult(
            index=index,
            id=label.id,
            name=label.name,
            count=count,
            ap=ap,
            auc=auc,
            d_prime=metrics.d_prime(auc),
            lwlrap=lwlrap,
            best_f1=f1,
            best_threshold=threshold,
            quality=quality[label.id].share if label.id in quality else math.nan,
        )
        for index, (label, count, ap, auc, lwlrap, f1, threshold) in enumerate(rows)
    )


def _finite(fields: dict[str, object]) -> dict[str, object]:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in fields.items()
    }
