"""Evaluate scores of as many clips and classes as AudioSet's evaluation set has.

    python -m benchmarks.evaluation [--clips 20371] [--classes 527] [--rounds 3]

Scores and labels are drawn at random, with as many labels to a clip as AudioSet's have. `evaluate`
computes all its metrics, over all classes and of each. scikit-learn computes those of them that it
has: a loop over classes for the average precision and the area under the ROC curve, which is how
AudioSet's mAP and mAUC are commonly had from it, and lwlrap. Both take turns in one process, and
what they agree in is compared to nine digits.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    average_precision_score,
    label_ranking_average_precision_score,
    roc_auc_score,
)

from benchmarks.measuring import Times, conditions, in_turn, markdown, ratio
from earmark.evaluation.calibration import fit_calibration
from earmark.evaluation.evaluate import Evaluation, evaluate
from earmark.ontology import Label

LABELS_OF_CLIP = 51_804 / 20_371
"""In AudioSet's evaluation set."""


@dataclass(frozen=True)
class Drawn:
    """What is evaluated."""

    truth: NDArray[np.bool_]
    scores: NDArray[np.float32]

    @classmethod
    def of(cls, clips: int, classes: int) -> Drawn:
        """Draw labels, and scores that know a little of them."""
        rng = np.random.default_rng(0)
        truth = rng.random((clips, classes)) < min(0.5, LABELS_OF_CLIP / classes)
        logits = rng.normal(-5, 1.5, (clips, classes)) + 3 * truth
        return cls(truth, (1 / (1 + np.exp(-logits))).astype(np.float32))

    def with_earmark(self) -> Evaluation:
        """Compute everything."""
        table = [Label(index, f"/t/{index}", f"Sound {index}") for index in range(self.classes)]
        return evaluate(self.truth, self.scores, table)

    def calibrated(self) -> object:
        """Learn a calibration with its thresholds."""
        return fit_calibration(self.truth, self.scores)

    def with_loop(self) -> tuple[float, float]:
        """Compute mAP and mAUC with scikit-learn, class by class."""
        pairs = [(self.truth[:, at], self.scores[:, at]) for at in range(self.classes)]
        pairs = [(truth, scores) for truth, scores in pairs if truth.any()]
        precisions = [average_precision_score(truth, scores) for truth, scores in pairs]
        areas = [roc_auc_score(truth, scores) for truth, scores in pairs]
        return float(np.mean(precisions)), float(np.mean(areas))

    def lwlrap(self) -> float:
        """Compute lwlrap with scikit-learn."""
        weights = self.truth.sum(axis=1)
        return float(
            label_ranking_average_precision_score(self.truth, self.scores, sample_weight=weights)
        )

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(self.scores[0])


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=20_371)
    parser.add_argument("--classes", type=int, default=527)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def compare(drawn: Drawn) -> None:
    """Stop where the two do not agree."""
    ours, (precision, area) = drawn.with_earmark(), drawn.with_loop()
    wanted = {"mAP": precision, "mAUC": area, "lwlrap": drawn.lwlrap()}
    for name, value in wanted.items():
        if abs(getattr(ours, name) - value) > 1e-9:
            raise SystemExit(f"{name} is {getattr(ours, name)} here and {value} in scikit-learn")


def table(times: Times) -> str:
    """Lay out the medians, and how many times as long as earmark's each takes."""
    first = next(iter(times))
    rows = [
        [name, f"{float(np.median(each)):.2f}", f"{ratio(times, first, name):.1f}x"]
        for name, each in times.items()
    ]
    return markdown(["", "seconds", "of earmark's"], rows)


def main() -> None:
    """Measure and print one table."""
    options = parsed()
    drawn = Drawn.of(options.clips, options.classes)
    compare(drawn)
    jobs = {
        "earmark: every metric": drawn.with_earmark,
        "earmark: calibration and thresholds": drawn.calibrated,
        "scikit-learn: AP and AUC, class by class": drawn.with_loop,
        "scikit-learn: lwlrap": drawn.lwlrap,
    }
    times = in_turn(jobs, rounds=options.rounds)
    print(
        f"{options.clips} clips, {options.classes} classes; {conditions()}. "
        "mAP, mAUC and lwlrap are the same to nine digits.\n"
    )
    print(table(times))


if __name__ == "__main__":
    main()
