"""Training sound: whatever the recordings and the dice, a clip is a clip."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.errors import DataError
from earmark.training.distilling.corpus import Corpus, Entry
from earmark.training.distilling.mixing import Mixer, MixingConfig

AS_IT_IS = MixingConfig(
    seconds=0.5,
    sounds=(1.0,),
    once=0,
    spaced=0,
    speed=0,
    level_range_db=(0, 0),
    colour=0,
    noise=0,
)
"""One recording, looped or cropped, and nothing else."""
EVERYTHING = MixingConfig(
    seconds=0.5, sounds=(0.2, 0.4, 0.4), once=0.3, spaced=0.3, speed=0.8, colour=0.8, noise=0.8
)


def corpus(*recordings: NDArray[np.int16]) -> Corpus:
    return Corpus(
        samples=np.concatenate(recordings),
        ends=np.cumsum([len(recording) for recording in recordings]),
        entries=(Entry(path=Path("a.wav"), source="a", licence="CC0"),) * len(recordings),
    )


def noise(n_samples: int, *, seed: int = 0, peak: int = 20_000) -> NDArray[np.int16]:
    rng = np.random.default_rng(seed)
    return rng.integers(-peak, peak, n_samples, endpoint=True, dtype=np.int16)


def draw(
    recordings: Corpus, config: MixingConfig, *, seed: int = 0, n: int = 1
) -> list[NDArray[np.float32]]:
    weights = np.ones(len(recordings))
    mixer = Mixer(recordings, weights, config=config, rng=np.random.default_rng(seed))
    return [mixer.draw() for _ in range(n)]


ANY = corpus(
    noise(1),
    np.zeros(2_000, np.int16),
    np.full(3_000, -32_768, np.int16),
    noise(7_999, peak=1),
    noise(8_000, peak=32_767),
    noise(20_000),
)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([AS_IT_IS, EVERYTHING]))
def test_a_clip_is_a_clip(seed: int, config: MixingConfig) -> None:
    for clip in draw(ANY, config, seed=seed, n=3):
        assert clip.shape == (8_000,)
        assert clip.dtype == np.float32
        assert np.isfinite(clip).all()
        assert np.abs(clip).max() <= 1


def test_the_same_dice_make_the_same_clips() -> None:
    first, second = draw(ANY, EVERYTHING, seed=4, n=5), draw(ANY, EVERYTHING, seed=4, n=5)
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, draw(ANY, EVERYTHING, seed=5, n=5))


def test_a_long_recording_is_cropped() -> None:
    sound = noise(9_000)
    for clip in draw(corpus(sound), AS_IT_IS, n=3):
        places = [start for start in range(1_001) if sound[start] == round(clip[0] * 32768)]
        assert any(np.allclose(sound[p : p + 8_000] / 32768, clip, atol=1e-6) for p in places)


def test_a_short_recording_is_looped() -> None:
    sound = noise(3_000)
    (clip,) = draw(corpus(sound), AS_IT_IS)
    np.testing.assert_array_equal(clip[:5_000], clip[3_000:])
    assert sorted(np.round(clip[:3_000] * 32768)) == sorted(sound)


def test_a_short_recording_is_heard_once() -> None:
    sound = noise(3_000)
    sound[[0, -1]] = 999
    (clip,) = draw(corpus(sound), dataclasses.replace(AS_IT_IS, once=1.0))
    there = np.flatnonzero(clip)
    start = there[0]
    np.testing.assert_allclose(clip[start : start + 3_000], sound / 32768, atol=1e-6)
    assert there[-1] == start + 2_999


def test_a_short_recording_is_repeated_with_pauses() -> None:
    config = dataclasses.replace(AS_IT_IS, spaced=1.0, seconds=3.0)
    (clip,) = draw(corpus(np.full(3_000, 999, np.int16)), config)
    edges = np.flatnonzero(np.diff((clip != 0).astype(int)))
    pauses = [b - a for a, b in pairwise(edges) if not clip[a + 1]]
    assert pauses
    assert min(pauses) >= 3_200
    assert max(pauses) < 32_000


@pytest.mark.parametrize(
    "config",
    [
        dataclasses.replace(AS_IT_IS, speed=1.0),
        dataclasses.replace(AS_IT_IS, colour=1.0),
        dataclasses.replace(AS_IT_IS, noise=1.0),
        dataclasses.replace(AS_IT_IS, level_range_db=(-12.0, -6.0)),
    ],
)
def test_sound_is_changed(config: MixingConfig) -> None:
    recordings = corpus(noise(8_000))
    (plain,) = draw(recordings, AS_IT_IS)
    (changed,) = draw(recordings, config)
    assert not np.allclose(plain, changed, atol=1e-3)


def test_speed_moves_pitch() -> None:
    tone = (8_000 * np.sin(2 * np.pi * 1_000 * np.arange(32_000) / 16_000)).astype(np.int16)
    config = dataclasses.replace(AS_IT_IS, speed=1.0, speed_range=(1.25, 1.2500001))
    (clip,) = draw(corpus(tone), config)
    assert np.abs(np.fft.rfft(clip)).argmax() / 0.5 == pytest.approx(1_250, abs=4)


def test_added_noise_is_as_loud_as_it_should_be() -> None:
    recordings = corpus(noise(8_000))
    (plain,) = draw(recordings, AS_IT_IS)
    for seed in range(5):
        (noisy,) = draw(recordings, dataclasses.replace(AS_IT_IS, noise=1.0), seed=seed)
        ratio = 10 * np.log10((plain**2).mean() / ((noisy - plain) ** 2).mean())
        assert 9.9 < ratio < 40.1


def test_two_recordings_are_heard_together() -> None:
    recordings = corpus(np.full(8_000, 3_000, np.int16), noise(8_000, peak=3_000))
    config = dataclasses.replace(AS_IT_IS, sounds=(0.0, 1.0))
    clips = draw(recordings, config, n=12)
    both = [clip for clip in clips if clip.std() > 0.01 and abs(clip.mean()) > 0.01]
    assert 2 <= len(both) <= 10  # of the rest, each is one of them twice


def test_recordings_that_are_mixed_are_about_as_loud() -> None:
    recordings = corpus(np.full(8_000, 20_000, np.int16), noise(8_000, peak=200))
    config = dataclasses.replace(AS_IT_IS, sounds=(0.0, 1.0), relative_db=6.0)
    clips = draw(recordings, config, n=12)
    ratios = [clip.std() / abs(clip.mean()) for clip in clips]
    mixed = [20 * np.log10(ratio) for ratio in ratios if 1e-3 < ratio < 30]
    assert len(mixed) >= 2
    assert -6.1 < min(mixed) < max(mixed) < 6.1


def test_weights_say_how_often() -> None:
    recordings = corpus(*(np.full(8_000, level, np.int16) for level in (1_000, 2_000, 3_000)))
    weights = np.array([0.0, 3.0, 1.0])
    mixer = Mixer(recordings, weights, config=AS_IT_IS, rng=np.random.default_rng(0))
    levels = [round(float(mixer.draw()[0]) * 32768) for _ in range(400)]
    assert set(levels) == {2_000, 3_000}
    assert 0.65 < levels.count(2_000) / 400 < 0.85


@pytest.mark.parametrize("sounds", [(), (0.5, 0.2), (1.5, -0.5)])
def test_probabilities_are_checked(sounds: tuple[float, ...]) -> None:
    with pytest.raises(DataError, match="they must sum to 1"):
        MixingConfig(sounds=sounds)
