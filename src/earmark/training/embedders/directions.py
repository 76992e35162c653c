"""Directions in a space of features: those that tell classes apart, and those that spread most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import DataError

__all__ = ["Directions", "discriminants", "principal"]

Matrix = NDArray[np.float64]

_LEAST = 1e-6
"""Directions that spread less than this share of the widest are rounding errors."""


@dataclass(frozen=True, eq=False)
class Directions:
    """Directions in a space of features, the best first."""

    matrix: Matrix
    """float64 [feature, direction]"""
    weights: Matrix
    """float64 [direction]: how good each is, in its kind's own measure."""

    def __len__(self) -> int:
        """Count them."""
        return len(self.weights)

    def first(self, count: int) -> Directions:
        """Return the best ones."""
        return Directions(self.matrix[:, :count], self.weights[:count])


def principal(features: NDArray[np.floating]) -> Directions:
    """Find the directions in which features spread most, of length 1 each (Pearson 1901).

    Parameters
    ----------
    features : float [n, feature]

    Returns
    -------
    Directions
        No more than the features fill; the weights are standard deviations.
    """
    centred = np.asarray(features, np.float64) - features.mean(axis=0, dtype=np.float64)
    if len(centred) >= centred.shape[1]:
        squares, vectors = np.linalg.eigh(centred.T @ centred)
    else:
        # Far fewer examples than features: their products say the same in a smaller matrix.
        squares, small = np.linalg.eigh(centred @ centred.T)
        kept = squares > _LEAST**2 * max(squares.max(initial=0.0), 1e-300)
        squares = squares[kept]
        vectors = centred.T @ small[:, kept] / np.sqrt(squares)
    kept = squares > _LEAST**2 * max(squares.max(initial=0.0), 1e-300)
    spreads = np.sqrt(squares[kept][::-1] / max(1, len(centred)))
    return Directions(vectors[:, kept][:, ::-1], spreads)


def discriminants(
    features: NDArray[np.floating],
    of: NDArray[np.bool_],
    *,
    shrinkage: float,
    widest: int | None = None,
) -> Directions:
    """Find the directions that tell classes apart (Fisher 1936; Rao 1948).

    The spread within classes is estimated as a mixture of what is seen and of the same spread in
    all directions, as there are always too few examples to know it.

    Parameters
    ----------
    features : float [n, feature]
    of : bool [n, class]
        Which example is of which classes. What is of several counts for each of them, and what is
        of none makes a class of its own.
    shrinkage : float
        How much of that mixture is the same in all directions, from 0 to 1.
    widest : int, optional
        Look only among so many directions in which features spread most: in the others there is
        little but chance, which whitening would make as loud as the rest.

    Returns
    -------
    Directions
        One less than there are classes, at most. Features spread by 1 along each of them within
        classes, as estimated; the weights say by how much the classes' means do.

    Raises
    ------
    DataError
        If there are fewer than two classes to tell apart.
    """
    none = ~of.any(axis=1, keepdims=True)
    of = np.concatenate([of, none], axis=1)
    of = of[:, of.any(axis=0)]
    if of.shape[1] < 2:
        raise DataError("an embedder is refitted to what tells classes apart: it takes two of them")
    axes = principal(features)
    axes = axes if widest is None else axes.first(widest)
    scores = (features - features.mean(axis=0, dtype=np.float64)) @ axes.matrix
    rows, classes = np.nonzero(of)
    counts = of.sum(axis=0)
    means = of.T.astype(np.float64) @ scores / counts[:, None]
    apart = scores[rows] - means[classes]
    within = apart.T @ apart / max(1, len(rows) - of.shape[1])
    size = within.shape[0]
    alike = max(float(np.trace(within)) / max(1, size), 1e-12)
    within = (1 - shrinkage) * within + (shrinkage + 1e-9) * alike * np.eye(size)
    # Where the spread within classes is 1 in all directions, those of the means are what is sought.
    whitening = np.linalg.inv(np.linalg.cholesky(within)).T
    centre = counts @ means / counts.sum()
    between = np.sqrt(counts / counts.sum())[:, None] * ((means - centre) @ whitening)
    _, spreads, vectors = np.linalg.svd(between, full_matrices=False)
    good = spreads > _LEAST * max(spreads.max(initial=0.0), 1e-300)
    return Directions(axes.matrix @ whitening @ vectors[good].T, spreads[good])
