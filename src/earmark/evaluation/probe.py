"""Linear probe: how much of a set of classes a linear layer can read off frozen embeddings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["linear_probe"]


def linear_probe(
    features: NDArray[np.floating], truth: Sequence[str], folds: Sequence[int]
) -> float:
    """Accuracy of logistic regression, each fold predicted by a model of the others.

    Parameters
    ----------
    features : float [recording, feature]
        One vector a recording, such as its embeddings' mean over time.
    truth : sequence of str
    folds : sequence of int

    Returns
    -------
    float
        In [0, 1], the mean over folds.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    labels, fold_of = np.asarray(truth), np.asarray(folds)
    accuracies = []
    for fold in np.unique(fold_of):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
        model.fit(features[fold_of != fold], labels[fold_of != fold])
        accuracies.append(float(model.score(features[fold_of == fold], labels[fold_of == fold])))
    return float(np.mean(accuracies))
