"""Linear probe: how much of a set of classes a linear layer can read off frozen embeddings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from earmark.errors import DataError

__all__ = ["linear_probe"]


def linear_probe(
    features: NDArray[np.floating], truth: Sequence[str], folds: Sequence[int]
) -> dict[int, float]:
    """Accuracy of logistic regression, each fold predicted by a model of the others.

    Parameters
    ----------
    features : float [recording, feature]
        One vector a recording, such as its embeddings' mean over time.
    truth : sequence of str
        What each is a recording of.
    folds : sequence of int
        The part that each belongs to; at least two parts.

    Returns
    -------
    dict of int to float
        For each fold, in [0, 1].

    Raises
    ------
    DataError
        If there are fewer than two folds.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    labels, fold_of = np.asarray(truth), np.asarray(folds)
    if len(np.unique(fold_of)) < 2:
        raise DataError("a linear probe needs two folds or more, one to learn from")
    accuracies = {}
    for fold in np.unique(fold_of):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
        model.fit(features[fold_of != fold], labels[fold_of != fold])
        part = fold_of == fold
        accuracies[int(fold)] = float(model.score(features[part], labels[part]))
    return accuracies
