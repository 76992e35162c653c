"""Whether scores are probabilities."""

from __future__ import annotations

import math

import numpy as np
import pytest
from evaluation import plainly
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from earmark.errors import DataError, UsageError
from earmark.evaluation.reliability import Reliability


def test_bins_by_hand() -> None:
    truth = np.array([[0], [1], [1], [0], [1]], bool)
    scores = np.array([[0.1], [0.3], [0.5], [0.6], [1.0]], np.float32)
    found = Reliability.of(truth, scores, bins=2)
    bins = found.bins()
    assert bins.edges.tolist() == [0, 0.5, 1]
    assert bins.count.tolist() == [2, 3]
    assert bins.score.tolist() == pytest.approx([0.2, 0.7])
    assert bins.share.tolist() == pytest.approx([1 / 2, 2 / 3])
    assert bins.error == pytest.approx(2 / 5 * 0.3 + 3 / 5 * (0.7 - 2 / 3))
    assert found.brier() == pytest.approx((0.01 + 0.49 + 0.25 + 0.36 + 0) / 5)
    assert repr(found) == "Reliability(1 classes, error 0.1400)"


def test_an_empty_bin_has_no_share() -> None:
    bins = Reliability.of(np.ones((3, 1), bool), np.ones((3, 1), np.float32), bins=3).bins()
    assert bins.count.tolist() == [0, 0, 3]
    assert math.isnan(bins.share[0])
    assert bins.error == 0


@given(plainly.clips(), st.integers(1, 9))
def test_bins_are_what_looking_at_each_score_gives(
    drawn: tuple[plainly.Truth, plainly.Scores], bins: int
) -> None:
    truth, scores = drawn
    found = Reliability.of(truth, scores, bins=bins)
    places = np.minimum(np.floor(scores * np.float32(bins)), bins - 1)
    for index, error in enumerate(found.error_per_class()):
        gaps = [
            abs(truth[at, index].sum() - scores[at, index].sum())
            for at in (places[:, index] == place for place in range(bins))
        ]
        assert error == pytest.approx(sum(gaps) / len(truth), abs=1e-5)
    assert found.bins().count.sum() == truth.size
    flat = truth.ravel(), scores.ravel()
    assert found.brier() == pytest.approx(np.mean((flat[1] - flat[0]) ** 2), abs=1e-6)
    assert found.brier() == pytest.approx(brier_score_loss(*flat, pos_label=True), abs=1e-6)


def test_probabilities_have_a_small_error_and_others_a_large_one() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((5000, 4), np.float32)
    truth = rng.random((5000, 4)) < scores
    assert Reliability.of(truth, scores).bins().error < 0.02
    assert Reliability.of(truth, scores**3).bins().error > 0.2
    assert (Reliability.of(truth, scores).error_per_class() < 0.04).all()


def test_what_makes_no_sense_is_refused() -> None:
    truth, scores = np.ones((2, 1), bool), np.full((2, 1), 0.5, np.float32)
    with pytest.raises(UsageError, match="cannot be put into 0 bins"):
        Reliability.of(truth, scores, bins=0)
    with pytest.raises(DataError, match="between 0 and 1"):
        Reliability.of(truth, scores * 3)
