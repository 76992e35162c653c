"""What a linear layer can read off embeddings."""

from __future__ import annotations

import numpy as np
import pytest

from earmark.errors import DataError
from earmark.evaluation.probe import linear_probe

RNG = np.random.default_rng(0)
TRUTH = ["cat", "dog", "owl"] * 20
FOLDS = [1 + index // 12 for index in range(60)]


def test_separable_classes_are_read_off() -> None:
    centres = {"cat": 0, "dog": 1, "owl": 2}
    features = RNG.normal(0, 0.2, (60, 8))
    for row, label in zip(features, TRUTH, strict=True):
        row[centres[label]] += 3
    assert linear_probe(features, TRUTH, FOLDS) == dict.fromkeys([1, 2, 3, 4, 5], 1.0)


def test_noise_is_not() -> None:
    found = linear_probe(RNG.normal(size=(60, 4)), TRUTH, FOLDS)
    assert np.mean(list(found.values())) < 0.6


def test_a_fold_is_not_learned_from_when_it_is_predicted() -> None:
    # Only fold 2 says which of the two features goes with "dog", and says it the other way round.
    features = np.array([[1.0, 0.0], [0.0, 1.0]] * 2)
    found = linear_probe(features, ["cat", "dog", "dog", "cat"], [1, 1, 2, 2])
    assert found == {1: 0.0, 2: 0.0}


def test_one_fold_is_refused() -> None:
    with pytest.raises(DataError, match="two folds or more"):
        linear_probe(np.zeros((2, 3)), ["cat", "dog"], [1, 1])
