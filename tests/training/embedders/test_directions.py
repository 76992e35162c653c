"""Directions in a space of features, beside scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import eigh
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from earmark.errors import DataError
from earmark.training.embedders.directions import discriminants, principal


def classes(
    counts: tuple[int, ...], *, size: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Clouds around means, each stretched alike: float64 [n, size] and bool [n, class]."""
    rng = np.random.default_rng(seed)
    stretch = rng.normal(size=(size, size))
    numbers = np.repeat(np.arange(len(counts)), counts)
    means = 3 * rng.normal(size=(len(counts), size))
    features = means[numbers] + rng.normal(size=(len(numbers), size)) @ stretch
    return features, numbers[:, None] == np.arange(len(counts))


def alike(found: NDArray[np.floating], wanted: NDArray[np.floating]) -> None:
    """The same directions, up to length and sense."""
    cosines = (
        (found * wanted).sum(0) / np.linalg.norm(found, axis=0) / np.linalg.norm(wanted, axis=0)
    )
    np.testing.assert_allclose(np.abs(cosines), 1, atol=1e-6)


@settings(deadline=None, max_examples=30)
@given(n=st.integers(2, 30), size=st.integers(1, 20), seed=st.integers(0, 100))
def test_principal_directions_are_those_of_scikit_learn(n: int, size: int, seed: int) -> None:
    features = np.random.default_rng(seed).normal(size=(n, size))
    found = principal(features)
    wanted = PCA().fit(features)
    count = min(n - 1, size)
    assert len(found) == count
    alike(found.matrix, wanted.components_[:count].T)
    np.testing.assert_allclose(
        found.weights, wanted.singular_values_[:count] / np.sqrt(n), rtol=1e-6
    )
    np.testing.assert_allclose(found.matrix.T @ found.matrix, np.eye(count), atol=1e-8)


@pytest.mark.parametrize("counts", [(20, 20, 20), (30, 10, 5, 15)])
def test_discriminants_are_those_of_scikit_learn(counts: tuple[int, ...]) -> None:
    features, of = classes(counts, size=8, seed=1)
    found = discriminants(features, of, shrinkage=0.0)
    assert len(found) == len(counts) - 1
    theirs = LinearDiscriminantAnalysis(solver="eigen")
    alike(found.matrix, theirs.fit(features, of.argmax(axis=1)).scalings_[:, : len(counts) - 1])


@pytest.mark.parametrize("shrinkage", [0.0, 0.3, 1.0])
def test_discriminants_are_as_their_definition_has_them(shrinkage: float) -> None:
    features, of = classes((30, 10, 5, 15), size=6, seed=1)
    within, between = np.zeros((6, 6)), np.zeros((6, 6))
    for column in of.T:
        away = features[column].mean(axis=0) - features.mean(axis=0)
        between += column.sum() * np.outer(away, away)
        apart = features[column] - features[column].mean(axis=0)
        within += apart.T @ apart
    alike_everywhere = np.trace(within) / 6 * np.eye(6)
    within = (1 - shrinkage) * within + shrinkage * alike_everywhere
    _, vectors = eigh(between, within)
    found = discriminants(features, of, shrinkage=shrinkage)
    alike(found.matrix, vectors[:, ::-1][:, :3])


def test_directions_that_hardly_spread_are_passed_over() -> None:
    features, of = classes((20, 20), size=4, seed=6)
    rng = np.random.default_rng(7)
    telling = 1e-3 * (of[:, :1] + 0.01 * rng.normal(size=(40, 1)))
    both = np.concatenate([features, telling], axis=1)
    every = discriminants(both, of, shrinkage=0.0)
    some = discriminants(both, of, shrinkage=0.0, widest=4)
    assert every.weights[0] > 3 * some.weights[0]
    alike(some.matrix[:4], discriminants(features, of, shrinkage=0.0).matrix)


def test_within_classes_all_directions_spread_alike() -> None:
    features, of = classes((40, 40, 40), size=5, seed=2)
    found = discriminants(features, of, shrinkage=0.0)
    scores = features @ found.matrix
    means = np.stack([scores[column].mean(axis=0) for column in of.T])
    apart = scores - means[of.argmax(axis=1)]
    np.testing.assert_allclose(apart.T @ apart / (120 - 3), np.eye(2), atol=1e-6)
    np.testing.assert_allclose(means.std(axis=0), found.weights, rtol=1e-6)


def test_more_features_than_examples() -> None:
    features, of = classes((6, 6), size=50, seed=3)
    found = discriminants(features, of, shrinkage=0.5).first(1)
    assert np.isfinite(found.matrix).all()
    scores = features @ found.matrix[:, 0]
    assert (scores[of[:, 0]].min() > scores[of[:, 1]].max()) or (
        scores[of[:, 0]].max() < scores[of[:, 1]].min()
    )


def test_background_is_a_class_of_its_own_and_clips_may_have_several() -> None:
    features, of = classes((20, 20), size=4, seed=4)
    alone = of[:, :1]  # the other twenty are background
    alike(
        discriminants(features, alone, shrinkage=0.1).matrix,
        discriminants(features, of, shrinkage=0.1).matrix,
    )
    both = of.copy()
    both[0] = True
    assert len(discriminants(features, both, shrinkage=0.1)) == 1


def test_one_class_is_none_to_tell_apart() -> None:
    features, of = classes((20,), size=4, seed=5)
    with pytest.raises(DataError, match="it takes two"):
        discriminants(features, of, shrinkage=0.1)


def test_examples_that_are_all_the_same() -> None:
    of = np.repeat(np.eye(2, dtype=np.bool_), 3, axis=0)
    found = discriminants(np.ones((6, 4)), of, shrinkage=0.1)
    assert np.isfinite(found.matrix).all()
