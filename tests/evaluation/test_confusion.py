"""Which classes are taken for which others."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation import plainly
from hypothesis import given
from sklearn.metrics import confusion_matrix as scikit_learns

from earmark.errors import DataError
from earmark.evaluation import confusion
from earmark.evaluation.confusion import (
    Confusion,
    confusion_matrix,
    false_alarms,
    outranked,
    related,
)
from earmark.ontology import Label, labels

Drawn = tuple[plainly.Truth, plainly.Scores]

TRUTH = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1], [1, 0, 0]], bool)
SCORES = np.array([[0.9, 0.2, 0.5], [0.3, 0.1, 0.8], [0.6, 0.7, 0.1], [0.4, 0.3, 0.2]], np.float32)


def test_false_alarms_by_hand() -> None:
    found = false_alarms(TRUTH, SCORES, np.array([0.5, 0.5, 0.4]))
    # Class 2 is said to be in the first clip, which has 0 and 1, and in the second, which has 0;
    # 0 and 1 in the third, which has 2. Class 0 is found in the first clip only.
    assert found.found.tolist() == [[1, 0, 2], [0, 0, 1], [1, 1, 0]]
    assert found.clips.tolist() == [[3, 2, 3], [0, 1, 1], [1, 1, 1]]
    np.testing.assert_array_equal(found.share(), [[1 / 3, 0, 2 / 3], [np.nan, 0, 1], [1, 1, 0]])
    assert repr(found) == "Confusions(3 classes)"


def test_outranked_by_hand() -> None:
    found = outranked(TRUTH, SCORES)
    # In the first clip 1 is below 2; in the second 0 is; in the third 2 is below both others.
    assert found.found.tolist() == [[2, 0, 1], [0, 0, 1], [1, 1, 0]]
    assert found.clips.tolist() == [[3, 2, 3], [0, 1, 1], [1, 1, 1]]


def test_the_worst_by_hand() -> None:
    found = false_alarms(TRUTH, SCORES, np.array([0.5, 0.5, 0.4]))
    worst = found.worst(2, fewest=1)
    # Class 1 is found in one of three clips that have another, class 2 in three of four.
    assert worst[0] == Confusion(true=2, other=1, count=1, clips=1, usual=1 / 3)
    assert worst[1] == Confusion(true=1, other=2, count=1, clips=1, usual=3 / 4)
    assert worst[0].share == 1
    assert worst[0].excess == pytest.approx(2 / 3)
    assert [(each.true, each.other) for each in found.worst(9, fewest=2)] == [(0, 2)]
    ignore = np.zeros((3, 3), bool)
    ignore[2, 1] = True
    assert found.worst(2, fewest=1, ignore=ignore)[0] == worst[1]


def test_what_is_found_everywhere_is_confused_with_nothing() -> None:
    truth = np.eye(4, dtype=bool).repeat(10, axis=0)
    scores = np.where(truth, 0.5, 0.1).astype(np.float32)
    scores[:, 3] = 0.9  # everywhere
    scores[10:16, 0] = 0.8  # in six clips of class 1
    worst = false_alarms(truth, scores, 0.3).worst(10)
    assert (worst[0].true, worst[0].other, worst[0].count) == (1, 0, 6)
    assert all(each.excess == 0 for each in worst[1:])


def test_a_confusion_matrix_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    classes, scores = rng.integers(0, 5, 200), rng.random((200, 5), np.float32)
    found = confusion_matrix(np.arange(5) == classes[:, None], scores)
    assert np.array_equal(found.found, scikit_learns(classes, scores.argmax(axis=1)))
    assert (found.clips == np.bincount(classes)[:, None]).all()


@given(plainly.clips())
def test_counts_are_what_counting_gives(drawn: Drawn) -> None:
    truth, scores = drawn
    alarms, higher = false_alarms(truth, scores, 0.5), outranked(truth, scores)
    for a in range(truth.shape[1]):
        for b in range(truth.shape[1]):
            only = truth[:, a] & ~truth[:, b] if a != b else truth[:, a]
            assert alarms.clips[a, b] == higher.clips[a, b] == only.sum()
            assert alarms.found[a, b] == (scores[only, b] >= 0.5).sum()
            if a != b:
                assert higher.found[a, b] == (scores[only, b] > scores[only, a]).sum()
            else:
                wrong = np.where(truth, -1, scores)[only].max(axis=1, initial=-1)
                assert higher.found[a, a] == (wrong <= scores[only, a]).sum()


def test_many_labels_are_looked_through_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    truth, scores = rng.random((30, 9)) < 0.4, rng.random((30, 9), np.float32)
    whole = outranked(truth, scores)
    monkeypatch.setattr(confusion, "_AT_ONCE", 7)
    assert np.array_equal(outranked(truth, scores).found, whole.found)


def test_kinds_of_one_another_are_related() -> None:
    kin = related(labels())
    index = {label.name: label.index for label in labels()}
    for one, other, wanted in [
        ("Dog", "Bark", True),
        ("Animal", "Bark", True),
        ("Dog", "Cat", False),
        ("Dog", "Dog", False),
        ("Bicycle bell", "Bell", True),
    ]:
        assert kin[index[one], index[other]] == kin[index[other], index[one]] == wanted
    own = [Label(0, "dog", "My dog"), Label(1, "/m/0bt9lr", "Dog"), Label(2, "/m/0jbk", "Animal")]
    assert related(own).tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]


def test_clips_without_labels() -> None:
    nothing = np.zeros((2, 3), bool)
    scores = np.full((2, 3), 0.5, np.float32)
    for found in (false_alarms(nothing, scores, 0.1), outranked(nothing, scores)):
        assert found.worst(5) == ()
        assert np.isnan(found.share()).all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match="clip 0 has 2: count false alarms instead"):
        confusion_matrix(TRUTH, SCORES)
    with pytest.raises(DataError, match="clip 1 has 0"):
        confusion_matrix(np.array([[1, 0], [0, 0]], bool), np.ones((2, 2), np.float32))
    with pytest.raises(DataError, match=r"scores of 3 classes and thresholds of shape \[2\]"):
        false_alarms(TRUTH, SCORES, np.ones(2))
    with pytest.raises(DataError, match="is nan"):
        outranked(TRUTH, SCORES * np.float32(np.nan))
