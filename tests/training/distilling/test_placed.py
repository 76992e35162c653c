"""Sounds at known times, and whether scores tell those times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from earmark.training.distilling.corpus import Corpus, Entry
from earmark.training.distilling.placed import Placed, place, time_auc


def corpus(*sounds: NDArray[np.float64], fold: str = "esc50:5") -> Corpus:
    entry = Entry(path=Path("a.wav"), source="esc50", licence="CC0", labels="Dog;x", fold=fold)
    return Corpus(
        samples=(np.concatenate(sounds) * 32767).astype(np.int16),
        ends=np.cumsum([len(sound) for sound in sounds]),
        entries=(entry,) * len(sounds),
    )


def beep(seconds: float) -> NDArray[np.float64]:
    """A tone with digital silence around it, as ESC-50 has it."""
    tone = 0.5 * np.sin(np.arange(round(seconds * 16_000)) * 0.5)
    return np.concatenate([np.zeros(8_000), tone, np.zeros(16_000)])


def test_a_sound_is_where_it_is_said_to_be() -> None:
    (placed,) = place(corpus(beep(3)), seed=1)
    assert placed.label == "Dog"
    assert placed.waveform.shape == (320_000,)
    assert placed.waveform.dtype == np.float32
    assert np.abs(placed.waveform).max() <= 1
    loud = np.flatnonzero(np.abs(placed.waveform) > 0.1)
    assert 47_000 < loud[-1] - loud[0] < 48_000  # the silence around it was cut off
    for index, inside in enumerate(placed.inside):
        part = placed.waveform[15_360 * index : 15_360 * (index + 1)]
        share = (np.abs(part) > 0.1).mean() / 0.87  # of a sine this much is above a fifth
        assert inside == (share > 0.5)
    assert 2 <= placed.inside.sum() <= 4
    quiet = placed.waveform[: loud[0] - 10]
    assert 20 * np.log10(quiet.std()) == pytest.approx(-50, abs=0.5)


def test_the_same_seed_places_alike() -> None:
    sounds = corpus(beep(2), beep(1.5))
    first, again, other = place(sounds, seed=1), place(sounds, seed=1), place(sounds, seed=2)
    assert len(first) == len(other) == 2
    np.testing.assert_array_equal(first[1].waveform, again[1].waveform)
    assert not np.array_equal(first[1].waveform, other[1].waveform)


def test_what_is_not_placed() -> None:
    assert not place(corpus(beep(2), fold="esc50:4"))  # heard in training
    assert not place(corpus(np.zeros(16_000)))  # silence
    assert not place(corpus(beep(0.3)))  # in no patch for more than half of it


def placed(*inside: int) -> Placed:
    return Placed(np.zeros(320_000, np.float32), "Dog", np.isin(np.arange(20), inside))


def test_the_area_under_the_curve_by_hand() -> None:
    names = ["Music", "Bark"]
    right, level, wrong = (np.zeros((20, 2), np.float32) for _ in range(3))
    right[[4, 5], 1] = 0.9
    right[:, 0] = 1.0  # another class's
    wrong[:, 1] = 0.9
    wrong[[4, 5], 1] = 0.1
    where = placed(4, 5)
    assert time_auc([where], [right], names=names) == 1
    assert time_auc([where], [level], names=names) == 0.5
    assert time_auc([where], [wrong], names=names) == 0
    assert time_auc([where] * 3, [right, right, level], names=names) == pytest.approx(2.5 / 3)
    right[5, 1] = 0  # as much as the eighteen outside
    assert time_auc([where], [right], names=names) == pytest.approx((18 + 9) / 36)
