"""Altered copies of recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sounds
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from earmark.errors import DataError
from earmark.training.embedders.augment import Augmentation, WaveformSettings, read_backgrounds
from earmark.training.sounds.altering import Altered

NOTHING = WaveformSettings(
    shift=0, gain=0, speed=0, colour=0, band=0, room=0, noise=0, background=0
)
EVERYTHING = WaveformSettings(gain=1, speed=1, colour=1, band=1, room=1, noise=1, background=1)
HUM = sounds.tone(200, 0.5)


@settings(deadline=None, max_examples=30)
@given(count=st.integers(0, 5000), seed=st.integers(0, 1000), level=st.sampled_from([0.0, 0.1, 1]))
def test_a_copy_is_as_long_and_within_bounds(count: int, seed: int, level: float) -> None:
    waveform = (level * np.random.default_rng(1).uniform(-1, 1, count)).astype(np.float32)
    before = waveform.copy()
    augment = Augmentation(EVERYTHING, [HUM])
    first = augment(waveform, np.random.default_rng(seed))
    assert (first.dtype, first.shape) == (np.dtype(np.float32), waveform.shape)
    assert np.isfinite(first).all()
    assert np.abs(first).max(initial=0) <= 1
    np.testing.assert_array_equal(waveform, before)
    np.testing.assert_array_equal(augment(waveform, np.random.default_rng(seed)), first)


def test_chance_makes_them_differ() -> None:
    waveform, rng = sounds.tone(500, 1.0), np.random.default_rng(0)
    copies = [Augmentation()(waveform, rng) for _ in range(5)]
    assert all((copies[0] != other).any() for other in copies[1:])


def test_nothing_is_done_unless_it_is_wanted() -> None:
    waveform = sounds.tone(500, 1.0)
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(Augmentation(NOTHING, [HUM])(waveform, rng), waveform)


@pytest.mark.parametrize("effect", ["gain", "speed", "colour", "band", "room", "noise"])
def test_each_effect_does_something(effect: str) -> None:
    waveform = sounds.tone(500, 1.0)
    some = Augmentation(NOTHING.model_copy(update={effect: 1.0}))
    assert (some(waveform, np.random.default_rng(0)) != waveform).any()


def test_a_background_is_mixed_in() -> None:
    waveform = sounds.tone(3000, 1.0)
    some = Augmentation(NOTHING.model_copy(update={"background": 1.0}), [HUM])
    heard = np.abs(np.fft.rfft(some(waveform, np.random.default_rng(0))))
    assert heard[200] > 100 * np.abs(np.fft.rfft(waveform))[200]


def test_the_key_says_what_copies_depend_on() -> None:
    keys = {
        Augmentation().key,
        Augmentation(EVERYTHING).key,
        Augmentation(EVERYTHING, [HUM]).key,
        Augmentation(EVERYTHING, [HUM[1:]]).key,
    }
    assert len(keys) == 4
    assert Augmentation(EVERYTHING, [HUM]).key == Augmentation(EVERYTHING, [HUM.copy()]).key


def test_it_makes_the_copies_that_are_learnt_from() -> None:
    altered = Altered(Augmentation(), copies=3)
    copies = list(altered.copies_of(sounds.tone(500, 1.0), digest="ab" * 32, index=0))
    assert len(copies) == 3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"gain": 1.5}, "less than or equal to 1"),
        ({"gain_db": (3.0, -3.0)}, "3.0 is above -3.0: the lower limit comes first"),
        ({"noise_db": (float("nan"), 0.0)}, "noise_db"),
        ({"speed_range": (0.0, 1.0)}, "greater than or equal to 0.25"),
        ({"room_seconds": (0.1, 60.0)}, "less than or equal to 10"),
        ({"echo": 1}, "Extra inputs are not permitted"),
    ],
)
def test_settings_that_make_no_sense(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        WaveformSettings(**wrong)


def test_backgrounds_are_read_from_folders(tmp_path: Path) -> None:
    sounds.write_wav(tmp_path / "a.wav", sounds.tone(200, 2.0))
    sounds.write_wav(tmp_path / "b.wav", sounds.tone(300, 0.5))
    (tmp_path / "c.wav").write_bytes(b"no sound at all, whatever its name is")
    found, skipped = read_backgrounds([str(tmp_path)], seconds=1.0)
    assert [len(each) for each in found] == [16_000, 8_000]
    assert [Path(each.name).name for each in skipped] == ["c.wav"]
    (tmp_path / "a.wav").unlink()
    (tmp_path / "b.wav").unlink()
    with pytest.raises(DataError, match=r"no recordings of a background .*c\.wav: is text"):
        read_backgrounds([str(tmp_path)])
