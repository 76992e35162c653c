"""Altered copies, and the stretches that they are made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from training.sounds.making import recording

from earmark.audio import Source, load
from earmark.features import patch_count, patches
from earmark.training.sounds.altering import Altered, Stretches


@pytest.mark.parametrize("seconds", [0.1, 0.975, 9.6, 9.615, 12.0, 19.2, 19.3])
def test_stretches_have_the_patches_of_the_whole(tmp_path: Path, seconds: float) -> None:
    path = recording(tmp_path / "a.wav", seconds=seconds)
    reading = Stretches(Source.of(path))
    found = np.concatenate([patches(stretch) for stretch in reading])
    whole = load(path)
    assert len(found) == max(1, patch_count(len(whole)))
    if len(whole) >= 15_600:
        np.testing.assert_array_equal(found, patches(whole))
    assert reading.seconds == pytest.approx(seconds, abs=1e-4)


class Drawing:
    """Gives back what it drew."""

    key = "drawing"

    def __call__(
        self, waveform: NDArray[np.float32], rng: np.random.Generator, /
    ) -> NDArray[np.float32]:
        waveform[:] = rng.random(len(waveform))
        return waveform


def test_chance_is_that_of_seed_copy_recording_and_stretch() -> None:
    waveform = np.zeros(4, np.float32)

    def drawn(seed: int = 1, digest: str = "a" * 64, index: int = 0) -> list[float]:
        copies = Altered(Drawing(), 2, seed).copies_of(waveform, digest=digest, index=index)
        return [float(copy[0]) for copy in copies]

    first = drawn()
    assert first == drawn()
    others = [*first, *drawn(seed=2), *drawn(digest="b" * 64), *drawn(index=1)]
    assert len(set(others)) == len(others)
    assert not waveform.any()
    assert len({Altered(Drawing(), *each).key for each in ((1, 1), (2, 1), (1, 2), (1, 1))}) == 3
