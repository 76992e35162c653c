"""Scores counted in steps of their logit."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation import plainly
from hypothesis import given

from earmark.errors import DataError
from earmark.evaluation.logit_counts import EDGES, LogitCounts


def test_counts_by_hand() -> None:
    truth = np.array([[1, 0], [0, 0], [1, 0]], bool)
    scores = np.array([[0.5, 0.0], [0.505, 1.0], [0.9, 0.2]], np.float32)
    counts = LogitCounts.of(truth, scores)
    middle = np.flatnonzero(EDGES == 0)[0]
    # 0.5 is the lower edge of its step, and 0.505, a logit of 0.02, is in the same one.
    assert counts.clips[0, middle] == 2
    assert counts.positives[0, middle] == 1
    assert counts.logits[0, middle] == pytest.approx(0.01, abs=1e-4)
    assert counts.clips.sum(axis=1).tolist() == [3, 3]
    assert counts.positives.sum(axis=1).tolist() == [2, 0]
    # A score of 0 or 1 has no logit, and counts as one very near it.
    there = np.flatnonzero(counts.clips[1])
    assert counts.logits[1, there].tolist() == pytest.approx([-16.118, np.log(0.25), 15.94], 1e-3)
    assert repr(counts) == "LogitCounts(3 clips, 2 classes)"


@given(plainly.clips())
def test_every_score_is_counted_where_it_belongs(
    drawn: tuple[plainly.Truth, plainly.Scores],
) -> None:
    truth, scores = drawn
    counts = LogitCounts.of(truth, scores)
    assert counts.clips.sum(axis=1).tolist() == [len(truth)] * truth.shape[1]
    assert counts.positives.sum(axis=1).tolist() == truth.sum(axis=0).tolist()
    assert (counts.positives <= counts.clips).all()
    assert (counts.logits >= EDGES[:-1] - 1e-5).all()
    assert (counts.logits <= EDGES[1:] + 1e-5).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_any_float(dtype: type[np.floating]) -> None:
    scores = np.array([[0.0], [0.25], [1.0]], dtype)
    assert LogitCounts.of(np.ones((3, 1), bool), scores).clips.sum() == 3


def test_logits_are_refused() -> None:
    with pytest.raises(DataError, match="between 0 and 1, and these reach from -2 to 3"):
        LogitCounts.of(np.ones((2, 1), bool), np.array([[-2], [3]], np.float32))
