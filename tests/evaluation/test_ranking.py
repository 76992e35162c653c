"""Where labels stand among the classes of their clips, and lwlrap."""

from __future__ import annotations

import math

import numpy as np
import pytest
from evaluation import plainly
from hypothesis import given
from sklearn.metrics import label_ranking_average_precision_score

from earmark.evaluation import ranking
from earmark.evaluation.ranking import LabelRanks, lwlrap, lwlrap_per_class

Drawn = tuple[plainly.Truth, plainly.Scores]


def test_ranks_by_hand() -> None:
    truth = np.array([[1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 1]], bool)
    scores = np.array([[0.5, 0.9, 0.5, 0.5], [1, 1, 1, 1], [0.1, 0.8, 0.3, 0.2]], np.float32)
    ranks = LabelRanks.of(truth, scores)
    assert ranks.clips.tolist() == [0, 0, 2, 2]
    assert ranks.classes.tolist() == [0, 2, 1, 3]
    assert ranks.scores.tolist() == pytest.approx([0.5, 0.5, 0.8, 0.2])
    assert ranks.at_or_above.tolist() == [4, 4, 1, 3]
    assert ranks.hits.tolist() == [2, 2, 1, 2]
    assert ranks.places.tolist() == [1, 2, 0, 2]
    assert ranks.labels_of_clips.tolist() == [2, 0, 2]
    assert repr(ranks) == "LabelRanks(4 labels of 3 clips)"
    assert lwlrap(ranks) == pytest.approx((2 / 4 + 2 / 4 + 1 + 2 / 3) / 4)
    np.testing.assert_allclose(lwlrap_per_class(ranks), [0.5, 1, 0.5, 2 / 3])


@given(plainly.clips())
def test_lwlrap_is_scikit_learns(drawn: Drawn) -> None:
    truth, scores = drawn
    found = lwlrap(LabelRanks.of(truth, scores))
    if not truth.any():
        assert math.isnan(found)
        return
    assert found == pytest.approx(plainly.lwlrap(truth, scores))
    if truth.shape[1] > 1:  # of one class scikit-learn does not take it
        weights = truth.sum(axis=1)
        theirs = label_ranking_average_precision_score(truth, scores, sample_weight=weights)
        assert found == pytest.approx(theirs)


@given(plainly.clips())
def test_lwlrap_is_the_weighted_mean_of_the_classes(drawn: Drawn) -> None:
    truth, scores = drawn
    ranks = LabelRanks.of(truth, scores)
    per_class, counts = lwlrap_per_class(ranks), truth.sum(axis=0)
    assert np.array_equal(np.isnan(per_class), counts == 0)
    if truth.any():
        assert np.nansum(per_class * counts) / counts.sum() == pytest.approx(lwlrap(ranks))


@given(plainly.clips())
def test_places_are_those_of_sorting(drawn: Drawn) -> None:
    ranks = LabelRanks.of(*drawn)
    for clip, index, place in zip(ranks.clips, ranks.classes, ranks.places, strict=True):
        assert plainly.ordered(drawn[1][clip])[place] == index


def test_many_labels_are_looked_through_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    truth, scores = rng.random((30, 9)) < 0.4, rng.random((30, 9), np.float32)
    whole = LabelRanks.of(truth, scores)
    monkeypatch.setattr(ranking, "_AT_ONCE", 7)
    pieces = LabelRanks.of(truth, scores)
    for name in ("at_or_above", "hits", "places"):
        assert np.array_equal(getattr(whole, name), getattr(pieces, name))


def test_clips_without_labels_do_not_count() -> None:
    truth = np.array([[0, 0], [1, 0]], bool)
    ranks = LabelRanks.of(truth, np.array([[0.1, 0.2], [0.2, 0.1]], np.float32))
    assert lwlrap(ranks) == 1
    assert ranks.n_clips == 2
