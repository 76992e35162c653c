"""Scores with a known truth behind them: what calibration must find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class World:
    """Classes whose scores are made from probabilities by another slope and offset for each."""

    rarity: NDArray[np.float64]
    slopes: NDArray[np.float64]
    offsets: NDArray[np.float64]

    @classmethod
    def of(
        cls, classes: int, *, slope: float, offset: float, spread: float, seed: int = 0
    ) -> World:
        """Draw classes around a common slope and offset."""
        rng = np.random.default_rng(seed)
        return cls(
            rarity=rng.normal(-4, 1, classes),
            slopes=slope * np.exp(spread * rng.normal(size=classes)),
            offsets=offset + 2 * spread * rng.normal(size=classes),
        )

    def clips(self, count: int, *, seed: int) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Draw clips: what is there, bool, and what it scores, float32, both [clips, classes]."""
        rng = np.random.default_rng(seed)
        x = self.rarity + rng.normal(0, 2.5, (count, len(self.rarity)))
        truth = rng.random(x.shape) < 1 / (1 + np.exp(-x))
        scores = 1 / (1 + np.exp(-(x - self.offsets) / self.slopes))
        return truth, scores.astype(np.float32)
