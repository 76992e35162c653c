"""Scores of clips -> scores of a recording."""

from __future__ import annotations

import numpy as np
import pytest

from earmark.bundle import Pooling
from earmark.tagging.pooling import Pool

SCORES = np.array([[0.2, 0.9], [0.4, 0.1], [0.9, 0.5]], np.float32)
REAL = np.array([10, 10, 5])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("mean", [(0.2 * 10 + 0.4 * 10 + 0.9 * 5) / 25, (0.9 * 10 + 0.1 * 10 + 0.5 * 5) / 25]),
        ("max", [0.9, 0.9]),
        ("loop", [0.5, 0.5]),
    ],
)
def test_rules(rule: Pooling, expected: list[float]) -> None:
    pool = Pool(rule, classes=2)
    pool.add(SCORES[:2], real=REAL[:2])
    pool.add(SCORES[:0], real=REAL[:0])
    pool.add(SCORES[2:], real=REAL[2:])
    np.testing.assert_allclose(pool.result(), expected, atol=1e-6)


def test_first_is_the_one_clip() -> None:
    pool = Pool("first", classes=2)
    pool.add(SCORES[:1], real=np.array([3]))
    np.testing.assert_allclose(pool.result(), SCORES[0])
