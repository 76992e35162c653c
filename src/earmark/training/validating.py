"""How good a classifier is between steps, whether to stop, and which of its weights to keep."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, model_validator
from torch.nn import functional

from earmark.classifiers.base import ClipClassifier
from earmark.evaluation.metrics import average_precision, d_prime, mean, roc_auc
from earmark.evaluation.statistics import ScoreStatistics
from earmark.formats import Labels
from earmark.training.clips import Clips
from earmark.training.group import Group

__all__ = ["Measured", "ValidationSettings", "clip_scores", "measured"]

_AT_ONCE = 1000
"""How many clips are scored at once."""


class ValidationSettings(Group):
    """Which clips say how good it is, how often, and what follows from it."""

    split: str | None = None
    """The folder of AudioSet's archive to validate on, as ``eval``."""
    share: float = Field(default=0.0, ge=0, lt=1)
    """Share of the recordings that are taken out of training for it."""
    seed: int = Field(default=0, ge=0)
    """Which recordings they are."""
    every: int = Field(default=250, ge=1)
    """After how many iterations each time."""
    monitor: Literal["mAP", "mAUC", "accuracy", "loss"] = "mAP"
    """Which measure says what is better."""
    patience: int = Field(default=0, ge=0)
    """After how many times without a better one to stop; 0 to go on to the end."""
    least: float = Field(default=0.0, ge=0)
    """By how much it has to be better."""
    keep: Literal["last", "best"] = "last"
    """Which weights are the result: those of the last step or the best ones."""

    @model_validator(mode="after")
    def _one_source(self) -> ValidationSettings:
        if self.split and self.share:
            raise ValueError("give a split or a share to validate on, and not both")
        return self

    @property
    def is_needed(self) -> bool:
        """Whether anything follows from validation."""
        return bool(self.patience or self.keep == "best")

    def is_better(self, measure: float, best: float) -> bool:
        """Whether a measure is better than the best so far; anything is better than none."""
        if math.isnan(best):
            return not math.isnan(measure)
        return (
            measure < best - self.least if self.monitor == "loss" else measure > best + self.least
        )


@dataclass(frozen=True)
class Measured:
    """How good scores are."""

    mAP: float  # noqa: N815, as the field writes it
    """Average precision, averaged over the classes that a clip has."""
    mAUC: float  # noqa: N815
    """Area under the ROC curve, averaged likewise."""
    d_prime: float
    """d' of that."""
    accuracy: float
    """Share of the clips with a label whose highest score is of one of them."""
    loss: float
    """Cross-entropy, averaged over clips and, where it is binary, classes."""
    clips: int
    """How many clips were scored."""


def clip_scores(classifier: ClipClassifier, clips: Clips) -> NDArray[np.float32]:
    """Score clips: float32 [clips, classes] from 0 to 1."""
    parts = []
    with torch.no_grad(), _evaluating(classifier):
        for begin in range(0, len(clips), _AT_ONCE):
            logits = classifier.clip_logits(*clips.run(begin, begin + _AT_ONCE)).float()
            scores = logits.softmax(dim=1) if classifier.exclusive else logits.sigmoid()
            parts.append(scores.cpu())
    return torch.cat(parts).numpy()


def measured(scores: NDArray[np.float32], labels: Labels, *, exclusive: bool) -> Measured:
    """Say how good scores are.

    Parameters
    ----------
    scores : float32 [clips, classes]
    labels : Labels
        What the clips have.
    exclusive : bool
        Whether each has exactly one.
    """
    truth = labels.to_multi_hot(scores.shape[1])
    counts = ScoreStatistics.of(truth, scores)
    area = mean(roc_auc(counts))
    labelled = truth.any(axis=1)
    right = truth[np.arange(len(truth)), scores.argmax(axis=1)]
    return Measured(
        mAP=mean(average_precision(counts)),
        mAUC=area,
        d_prime=d_prime(area),
        accuracy=float(right[labelled].mean()) if labelled.any() else math.nan,
        loss=_loss(scores, truth, exclusive=exclusive),
        clips=len(scores),
    )


def _loss(scores: NDArray[np.float32], truth: NDArray[np.bool_], *, exclusive: bool) -> float:
    found, wanted = torch.from_numpy(scores), torch.from_numpy(truth)
    if exclusive:
        some = wanted.any(dim=1)
        return float(-found[wanted].clamp_min(1e-9).log().mean()) if some.any() else math.nan
    return float(functional.binary_cross_entropy(found, wanted.float()))


@contextmanager
def _evaluating(classifier: ClipClassifier) -> Iterator[None]:
    training = classifier.training
    classifier.eval()
    try:
        yield
    finally:
        classifier.train(training)
