"""Winograd's convolution: 3x3 filters with a quarter of the multiplications.

A 4x4 tile of a convolution's output depends on a 6x6 window of its input. Cook-Toom's construction
(Lavin and Gray 2015, https://arxiv.org/abs/1509.09308) finds matrices with

    tile = output @ ((filters @ kernel) * (window_ @ window))

where tile (16), kernel (9) and window (36) are flattened: 36 products instead of 144. With many
channels each of the 36 becomes a matrix product over them, which is what processors do best.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["SIDE", "TILE", "WINDOW", "Transforms", "transforms", "windows"]

TILE = 4
"""Side of a tile of output."""
SIDE = 3
"""Side of a kernel."""
WINDOW = TILE + SIDE - 1
"""Side of the window of input that a tile depends on."""

_POINTS = (0.0, 0.75, -0.75, 1.5, -1.5)
"""Where the polynomials are evaluated, beside infinity. The usual points, 0, 1, -1, 2 and -2, save
multiplications, which matrix products have no use for, and lose twice as much precision."""


@dataclass(frozen=True)
class Transforms:
    """The three matrices, for two dimensions at once."""

    window: NDArray[np.float32]
    """float32 [36, 36]: a window of input to its transform."""
    kernel: NDArray[np.float32]
    """float32 [36, 9]: a kernel to its transform."""
    tile: NDArray[np.float32]
    """float32 [16, 36]: the product of the two to a tile of output."""


@cache
def transforms() -> Transforms:
    """Make the matrices."""
    window, kernel, tile = _one_dimension()
    return Transforms(
        window=np.kron(window, window).astype(np.float32),
        kernel=np.kron(kernel, kernel).astype(np.float32),
        tile=np.kron(tile, tile).astype(np.float32),
    )


def windows(rows: NDArray[np.int64], *, outside: int) -> NDArray[np.int64]:
    """Say where the windows of an image are.

    Parameters
    ----------
    rows : int64 [height, width]
        Where each position of the image is kept; both sides are multiples of 4.
    outside : int
        Where a zero is kept, for what lies outside the image.

    Returns
    -------
    int64 [36, tiles]
        For each position in a window, and each tile from the upper left on, where to look.
    """
    height, width = rows.shape
    padded = np.pad(rows, 1, constant_values=outside)
    return np.stack(
        [
            padded[y : y + height : TILE, x : x + width : TILE].ravel()
            for y in range(WINDOW)
            for x in range(WINDOW)
        ]
    )


def _one_dimension() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Cook and Toom: multiply polynomials by way of their values at six points."""
    points = np.array(_POINTS)
    others = [np.delete(points, at) for at in range(len(points))]
    window = np.zeros((WINDOW, WINDOW))
    kernel = np.zeros((WINDOW, SIDE))
    tile = np.zeros((TILE, WINDOW))
    for at, (point, rest) in enumerate(zip(points, others, strict=True)):
        window[at, :-1] = np.poly(rest)[::-1]
        kernel[at] = point ** np.arange(SIDE) / np.prod(point - rest)
        tile[:, at] = point ** np.arange(TILE)
    # The point at infinity sees the highest power alone.
    window[-1], kernel[-1, -1], tile[-1, -1] = np.poly(points)[::-1], 1.0, 1.0
    return window, kernel, tile
