"""The counts that all metrics of a class are made of."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation import plainly
from hypothesis import given
from numpy.typing import NDArray

from earmark.errors import DataError
from earmark.evaluation.statistics import ScoreStatistics
from earmark.formats import Labels


def test_counts_by_hand() -> None:
    truth = np.array([[1, 0], [0, 0], [1, 0], [0, 0], [1, 0]], bool)
    scores = np.array([[0.9], [0.8], [0.8], [0.3], [0.1]], np.float32)
    counts = ScoreStatistics.of(truth, np.tile(scores, 2))
    assert counts.thresholds.tolist() == pytest.approx([0.9, 0.8, 0.1])
    assert counts.thresholds.dtype == np.float32
    assert counts.hits.tolist() == [1, 2, 3]
    assert counts.at_or_above.tolist() == [1, 3, 5]
    assert counts.above.tolist() == [0, 1, 4]
    assert counts.offsets.tolist() == [0, 3, 3]
    assert counts.positives.tolist() == [3, 0]
    assert (counts.n_clips, counts.n_classes) == (5, 2)
    assert repr(counts) == "ScoreStatistics(5 clips, 2 classes)"


@given(plainly.clips())
def test_counts_are_what_counting_gives(drawn: tuple[plainly.Truth, plainly.Scores]) -> None:
    truth, scores = drawn
    counts = ScoreStatistics.of(truth, scores)
    assert counts.positives.tolist() == truth.sum(axis=0).tolist()
    for index in range(counts.n_classes):
        at, column, there = counts.points(index), scores[:, index], truth[:, index]
        thresholds = sorted(set(column[there].tolist()), reverse=True)
        assert counts.thresholds[at].tolist() == thresholds
        assert counts.hits[at].tolist() == [(column[there] >= t).sum() for t in thresholds]
        assert counts.at_or_above[at].tolist() == [(column >= t).sum() for t in thresholds]
        assert counts.above[at].tolist() == [(column > t).sum() for t in thresholds]


def test_labels_do_as_well_as_a_table() -> None:
    scores = np.random.default_rng(0).random((3, 40), np.float32)
    labels = Labels.of([[0, 39], [], [5]])
    found = ScoreStatistics.of(labels, scores)
    wanted = ScoreStatistics.of(labels.to_multi_hot(40), scores)
    assert np.array_equal(found.thresholds, wanted.thresholds)
    assert found.positives.sum() == 3


def test_what_is_given_stays_as_it_is() -> None:
    rng = np.random.default_rng(0)
    truth, scores = rng.random((50, 1)) < 0.5, rng.random((50, 1), np.float32)
    before = scores.copy()
    truth.flags.writeable = scores.flags.writeable = False
    ScoreStatistics.of(truth, scores)
    assert np.array_equal(scores, before)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_any_layout_and_any_float(order: str, dtype: type[np.floating]) -> None:
    rng = np.random.default_rng(0)
    truth, scores = rng.random((30, 20)) < 0.3, rng.random((30, 20)).astype(dtype)
    laid = np.array(scores, order="C" if order == "C" else "F")
    counts = ScoreStatistics.of(truth, laid)
    assert counts.thresholds.dtype == dtype
    assert np.array_equal(counts.hits, ScoreStatistics.of(truth, scores).hits)


HALF = np.full((2, 3), 0.5, np.float32)
NONE = np.zeros((2, 3), bool)
NAN, INF = HALF.copy(), HALF.copy()
NAN[1, 2] = np.nan
INF[0, 1] = -np.inf


@pytest.mark.parametrize(
    ("truth", "scores", "reason"),
    [
        (NONE, NAN, "the score of clip 1 for class 2 is nan, which is no score: make"),
        (NONE, INF, "the score of clip 0 for class 1 is -inf"),
        (NONE, HALF[0], r"scores must be float \[clips, classes\], not float32 \[3\]"),
        (NONE, NONE, r"scores must be float \[clips, classes\], not bool \[2, 3\]"),
        (NONE[:, :2], HALF, r"must be bool \[2, 3\], as the scores, not bool \[2, 2\]"),
        (HALF, HALF, r"must be bool \[2, 3\], as the scores, not float32"),
        (NONE[:1], HALF, "scores of 2 clips and the labels of 1"),
        (Labels.none(1), HALF, "scores of 2 clips and the labels of 1"),
        (Labels.of([[0], [3]]), HALF, "label 3 is beyond the 3 classes"),
        (NONE[:0], HALF[:0], "nothing to measure in scores of 0 clips, 3 classes"),
        (NONE[:, :0], HALF[:, :0], "nothing to measure in scores of 2 clips, 0 classes"),
    ],
)
def test_what_does_not_fit_is_refused(
    truth: NDArray[np.bool_] | Labels, scores: NDArray[np.float32], reason: str
) -> None:
    with pytest.raises(DataError, match=reason):
        ScoreStatistics.of(truth, scores)
