"""Metrics written down as they are defined, slowly, and draws of what they are asked about."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Truth = NDArray[np.bool_]
Scores = NDArray[np.float32]


@st.composite
def clips(draw: st.DrawFn, *, most: int = 12, classes: int = 5) -> tuple[Truth, Scores]:
    """Truth and scores of up to so many clips and classes; few different scores, so many equal."""
    shape = draw(st.integers(1, most)), draw(st.integers(1, classes))
    size = shape[0] * shape[1]
    truth = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    steps = draw(st.sampled_from([2, 7, 1000]))
    scores = draw(st.lists(st.integers(0, steps), min_size=size, max_size=size))
    return (
        np.array(truth).reshape(shape),
        (np.array(scores, np.float32) / np.float32(steps)).reshape(shape),
    )


def average_precision(truth: Truth, scores: Scores) -> float:
    """The sum over thresholds of how much recall rises there, times precision there."""
    summed = recall = 0.0
    for threshold in sorted(set(scores.tolist()), reverse=True):
        caught = truth[scores >= threshold]
        summed += (caught.sum() / truth.sum() - recall) * caught.mean()
        recall = caught.sum() / truth.sum()
    return summed


def roc_auc(truth: Truth, scores: Scores) -> float:
    """How often a positive scores above a negative, in pairs."""
    pairs = [(a > b) + (a == b) / 2 for a in scores[truth] for b in scores[~truth]]
    return float(np.mean(pairs))


def best_f1(truth: Truth, scores: Scores) -> float:
    """The highest F1 of all thresholds that a score could be."""
    found = [scores >= threshold for threshold in scores]
    f1 = [2 * (truth & each).sum() / (truth.sum() + each.sum()) for each in found]
    return float(max(f1))


def ordered(scores: Scores) -> list[int]:
    """The classes of a clip from the best; of equals the lower number first."""
    return sorted(range(len(scores)), key=lambda index: (-scores[index], index))


def hit_at_1(truth: Truth, scores: Scores) -> float:
    """Whether each clip's best class is a label of it, averaged."""
    return float(np.mean([there[row.argmax()] for there, row in zip(truth, scores, strict=True)]))


def perr(truth: Truth, scores: Scores) -> float:
    """Precision of each clip's best classes, as many as it has labels, averaged."""
    precisions = []
    for there, row in zip(truth, scores, strict=True):
        best = ordered(row)[: there.sum()]
        right = [there[index] for index in best if row[index] > 0]
        precisions.append(sum(right) / len(best) if best else 0)
    return float(np.mean(precisions))


def ranked_precision(entries: list[tuple[float, bool]], positives: int) -> float:
    """Average precision of a list, averaged over all orders of it in which scores fall."""
    found = []
    for order in permutations(entries):
        scores = [score for score, _ in order]
        if scores == sorted(scores, reverse=True):
            hits = np.cumsum([right for _, right in order])
            found.append(
                sum(hits[at] / (at + 1) for at, (_, right) in enumerate(order) if right) / positives
            )
    return float(np.mean(found))


def top_entries(truth: Truth, scores: Scores, top: int) -> list[tuple[int, float, bool]]:
    """The best classes of each clip, as class, score and whether it is right."""
    return [
        (index, float(row[index]), bool(there[index]))
        for there, row in zip(truth, scores, strict=True)
        for index in ordered(row)[:top]
    ]


def map_at_k(truth: Truth, scores: Scores, top: int) -> float:
    """Mean over the classes that have positives of the precision of their entries."""
    entries = top_entries(truth, scores, top)
    counts = truth.sum(axis=0)
    return float(
        np.mean(
            [
                ranked_precision([(s, right) for at, s, right in entries if at == index], count)
                for index, count in enumerate(counts)
                if count
            ]
        )
    )


def gap(truth: Truth, scores: Scores, top: int) -> float:
    """The precision of all entries in one list."""
    entries = [(score, right) for _, score, right in top_entries(truth, scores, top)]
    return ranked_precision(entries, int(truth.sum()))


def lwlrap(truth: Truth, scores: Scores) -> float:
    """Precision at the rank of each label among its clip's classes, averaged."""
    precisions = [
        there[row >= row[index]].mean()
        for there, row in zip(truth, scores, strict=True)
        for index in np.flatnonzero(there)
    ]
    return float(np.mean(precisions))
