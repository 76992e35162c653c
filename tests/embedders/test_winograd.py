"""Winograd's convolution, against the convolution as it is defined."""

from __future__ import annotations

import numpy as np
import pytest

from earmark.embedders.winograd import SIDE, TILE, WINDOW, transforms, windows


def convolved(
    window: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    kernel: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> list[float]:
    """As it is defined (and as networks define it, without turning the kernel round)."""
    return [
        float((window[y : y + SIDE, x : x + SIDE] * kernel).sum())
        for y in range(TILE)
        for x in range(TILE)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_a_tile_is_a_convolution(seed: int) -> None:
    rng = np.random.default_rng(seed)
    window, kernel = rng.normal(size=(WINDOW, WINDOW)), rng.normal(size=(SIDE, SIDE))
    across = transforms()
    found = across.tile @ ((across.kernel @ kernel.ravel()) * (across.window @ window.ravel()))
    np.testing.assert_allclose(found, convolved(window, kernel), atol=1e-5)


def test_windows_of_an_image() -> None:
    rows = np.arange(8 * 12, dtype=np.int64).reshape(8, 12)
    found = windows(rows, outside=999)
    assert found.shape == (36, 6)
    inner = found[:, 1].reshape(6, 6)  # the second tile of the first row
    assert (inner[0] == 999).all()
    np.testing.assert_array_equal(inner[1:], rows[:5, 3:9])
    last = found[:, 5].reshape(6, 6)
    assert (last[5] == 999).all()
    assert (last[:, 5] == 999).all()
    np.testing.assert_array_equal(last[:5, :5], rows[3:, 7:])
