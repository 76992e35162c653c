"""How close one tagger comes to another."""

from __future__ import annotations

import math

import numpy as np
import pytest

from earmark.errors import DataError
from earmark.evaluation.agreement import agreement

TEACHER = np.array(
    [
        [0.9, 0.2, 0.1, 0.05, 0.0],
        [0.1, 0.6, 0.2, 0.05, 0.0],
        [0.8, 0.5, 0.2, 0.05, 0.0],
        [0.7, 0.4, 0.3, 0.05, 0.0],
    ]
).clip(1e-3)
STUDENT = np.array(
    [
        [0.1, 0.2, 0.3, 0.2, 0.9],
        [0.2, 0.7, 0.1, 0.1, 0.1],
        [0.6, 0.8, 0.1, 0.1, 0.1],
        [0.5, 0.3, 0.9, 0.1, 0.1],
    ]
)


def test_a_teacher_agrees_with_itself() -> None:
    found = agreement(TEACHER, TEACHER)
    assert found.mean_average_precision == 1
    assert found.n_classes == 2
    assert found.top1_in_top3 == 1
    assert found.cross_entropy == pytest.approx(found.floor)


def test_agreement_by_hand() -> None:
    found = agreement(STUDENT, TEACHER)
    # Class 0 is there in all but the second, which the student ranks third; class 1 in all but the
    # first, which it ranks last. A score of 0.3 is not above 0.3.
    assert found.mean_average_precision == pytest.approx(((1 + 1 + 3 / 4) / 3 + 1) / 2)
    # Of the first recording the student says the class that is the teacher's last.
    assert found.top1_in_top3 == pytest.approx(3 / 4)
    entropies = -(TEACHER * np.log(STUDENT) + (1 - TEACHER) * np.log(1 - STUDENT)).sum(axis=1)
    assert found.cross_entropy == pytest.approx(entropies.mean())
    assert found.cross_entropy > found.floor


def test_a_class_that_is_heard_twice_does_not_count() -> None:
    assert agreement(STUDENT[:3], TEACHER[:3]).n_classes == 0
    assert agreement(np.tile(STUDENT, (2, 1)), np.tile(TEACHER, (2, 1))).n_classes == 2


def test_certain_scores_cost_much_but_not_everything() -> None:
    found = agreement(np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]]))
    assert found.cross_entropy == pytest.approx(2 * -math.log(1e-7), rel=1e-3)
    assert found.floor == pytest.approx(0, abs=1e-5)


def test_a_teacher_who_hears_nothing_leaves_no_average() -> None:
    found = agreement(np.full((2, 5), 0.1), np.full((2, 5), 0.1))
    assert math.isnan(found.mean_average_precision)
    assert found.n_classes == 0


def test_other_shapes_are_refused() -> None:
    with pytest.raises(DataError, match=r"\(2, 5\) and \(3, 5\) cannot be compared"):
        agreement(np.zeros((2, 5)), np.zeros((3, 5)))


def test_no_recordings_are_refused() -> None:
    with pytest.raises(DataError, match="no recordings to compare"):
        agreement(np.zeros((0, 5)), np.zeros((0, 5)))
