"""Logistic regression solved to its end, beside scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from earmark.errors import DataError
from earmark.training.embedders.logistic import solve

pytestmark = pytest.mark.usefixtures("one_thread")


def made(
    n: int, size: int, classes: int, *, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    numbers = np.concatenate([np.arange(classes), rng.integers(0, classes, n)])
    features = 3 + rng.normal(size=(len(numbers), size)) + rng.normal(size=(classes, size))[numbers]
    return features, numbers[:, None] == np.arange(classes)


@settings(deadline=None, max_examples=20)
@given(
    n=st.integers(1, 40),
    size=st.integers(1, 8),
    classes=st.integers(3, 5),
    penalty=st.floats(1e-3, 1),
    seed=st.integers(0, 50),
)
def test_exclusive_classes(n: int, size: int, classes: int, penalty: float, seed: int) -> None:
    features, of = made(n, size, classes, seed=seed)
    found = solve(features, of, exclusive=True, penalty=penalty)
    theirs = LogisticRegression(C=1 / penalty / len(features), tol=1e-8, max_iter=5000)
    theirs.fit(features, of.argmax(axis=1))
    np.testing.assert_allclose(found.weight, theirs.coef_, atol=2e-3)
    scores = theirs.decision_function(features)
    ours = found.logits(features)
    np.testing.assert_allclose(
        ours - ours.mean(axis=1, keepdims=True),
        scores - scores.mean(axis=1, keepdims=True),
        atol=5e-3,
    )


@settings(deadline=None, max_examples=20)
@given(n=st.integers(1, 40), size=st.integers(1, 8), seed=st.integers(0, 50))
def test_each_class_by_itself(n: int, size: int, seed: int) -> None:
    features, of = made(n, size, 3, seed=seed)
    of[0] = True  # some have several
    found = solve(features, of, exclusive=False, penalty=0.05)
    for number, column in enumerate(of.T):
        if column.all():
            continue
        theirs = LogisticRegression(C=1 / 0.05 / len(features), tol=1e-8, max_iter=5000)
        theirs.fit(features, column)
        np.testing.assert_allclose(found.weight[number], theirs.coef_[0], atol=2e-3)


def test_a_class_that_nothing_is_of_has_low_scores() -> None:
    features, of = made(30, 4, 3, seed=0)
    none = np.concatenate([of, np.zeros((len(of), 1), np.bool_)], axis=1)
    found = solve(features, none, exclusive=False)
    assert found.logits(features)[:, 3].max() < -5
    assert np.isfinite(found.bias).all()


def test_nothing_to_learn_from() -> None:
    with pytest.raises(DataError, match="no examples"):
        solve(np.zeros((0, 4)), np.zeros((0, 2), np.bool_), exclusive=True)
