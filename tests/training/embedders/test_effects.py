"""What is done to waveforms, beside the plainest way to say it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.audio import SAMPLE_RATE
from earmark.training.embedders import effects

Waveform = NDArray[np.float32]


def tone(hz: float, *, seconds: float = 1.0, level: float = 0.1) -> Waveform:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (level * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def noise(count: int, *, seed: int = 0) -> Waveform:
    return (0.1 * np.random.default_rng(seed).standard_normal(count)).astype(np.float32)


def db(ratio: float) -> float:
    return float(10 * np.log10(ratio))


@settings(deadline=None)
@given(level=st.floats(-60, 60), samples=st.integers(-50, 50))
def test_amplify_and_shift(level: float, samples: int) -> None:
    waveform = noise(40)
    louder = effects.amplify(waveform, db=level)
    assert db(effects.power(louder) / effects.power(waveform)) == pytest.approx(level, abs=1e-3)
    moved = effects.shift(waveform, samples=samples)
    assert [moved[(at + samples) % 40] for at in range(40)] == waveform.tolist()


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.0, 1.25, 2.0])
def test_played_faster_a_tone_is_higher(speed: float) -> None:
    played = effects.play(tone(1000, seconds=0.8), speed=speed)
    assert played.dtype == np.float32
    hertz = np.fft.rfftfreq(len(played), 1 / SAMPLE_RATE)
    assert hertz[np.abs(np.fft.rfft(played)).argmax()] == pytest.approx(1000 * speed, abs=2)
    assert effects.power(played) == pytest.approx(0.005, rel=0.01)


@settings(deadline=None, max_examples=50)
@given(
    speed=st.floats(0.25, 4),
    count=st.integers(64, 400),
    waves=st.lists(st.tuples(st.integers(0, 7), st.floats(-1, 1), st.floats(-1, 1)), max_size=5),
)
def test_playing_is_reading_at_other_places(
    speed: float, count: int, waves: list[tuple[int, float, float]]
) -> None:
    def at(places: NDArray[np.float64]) -> NDArray[np.float64]:
        turns = 2 * np.pi * places
        parts = [a * np.cos(n * turns) + b * np.sin(n * turns) for n, a, b in waves]
        return sum(parts, np.zeros_like(places))

    wanted = max(1, round(count / speed))
    found = effects.play(at(np.arange(count) / count).astype(np.float32), speed=speed)
    plainly = np.resize(at(np.arange(wanted) / wanted), count)
    np.testing.assert_allclose(found, plainly, atol=1e-5)


def test_an_equaliser_raises_what_it_says() -> None:
    gains = np.array([0.0, 0.0, 12.0, 0.0, -12.0])
    points = np.geomspace(125, 7500, 5)
    for at, gain in zip(points[:-1], gains[:-1], strict=True):
        before = tone(at, seconds=2)
        after = effects.equalise(before, gains_db=gains)
        assert db(effects.power(after) / effects.power(before)) == pytest.approx(gain, abs=0.3)
    flat = noise(1000)
    np.testing.assert_allclose(effects.equalise(flat, gains_db=np.zeros(7)), flat, atol=1e-6)


def test_a_band_lets_through_what_is_in_it() -> None:
    for hertz, loss in ((1000, 0), (4000, -12), (100, -12 * np.log2(500 / 100))):
        before = tone(hertz, seconds=2)
        after = effects.band(before, low=500, high=2000)
        assert db(effects.power(after) / effects.power(before)) == pytest.approx(loss, abs=0.3)


def test_a_room_echoes_and_no_earlier_than_the_sound() -> None:
    impulse = effects.room(seconds=0.4, rng=np.random.default_rng(0))
    assert effects.power(impulse) == pytest.approx(1, rel=1e-3)
    click = np.zeros(16_000, np.float32)
    click[4000] = 1.0
    heard = effects.reverberate(click, impulse=impulse, wet=0.5)
    assert not heard[:4000].any() or np.abs(heard[:4000]).max() < 1e-6
    assert heard[4000] == pytest.approx(1, abs=1e-5)
    assert effects.power(heard) / effects.power(click) == pytest.approx(1.5, rel=0.01)
    plainly = np.convolve(click, impulse)[:16_000]
    echo = heard - click
    np.testing.assert_allclose(
        echo / np.abs(echo).max(), plainly / np.abs(plainly).max(), atol=1e-5
    )


def test_an_echo_has_fallen_by_sixty_db_after_its_time() -> None:
    impulse = effects.room(seconds=0.6, rng=np.random.default_rng(1))
    parts = [effects.power(part) for part in np.array_split(impulse, 12)[1:]]
    slope = np.polyfit(np.arange(len(parts)) * 0.05, 10 * np.log10(parts), 1)[0]
    assert slope * 0.6 == pytest.approx(-60, abs=8)


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_noise_has_its_colour(slope: float) -> None:
    made = effects.coloured_noise(1 << 16, slope=slope, rng=np.random.default_rng(0))
    power = np.abs(np.fft.rfft(made)) ** 2
    octaves = [power[1 << at : 2 << at].mean() for at in range(8, 15)]
    fall = np.polyfit(np.arange(len(octaves)), 10 * np.log10(octaves), 1)[0]
    assert fall == pytest.approx(-6.02 * slope, abs=0.3)


@settings(deadline=None)
@given(snr=st.floats(-20, 60), count=st.integers(1, 100), other=st.integers(1, 100))
def test_mixed_at_the_level_that_was_asked_for(snr: float, count: int, other: int) -> None:
    waveform, background = noise(count), noise(other, seed=1)
    mixed = effects.mix(waveform, background, snr_db=snr)
    assert (mixed.dtype, mixed.shape) == (np.dtype(np.float32), waveform.shape)
    plainly = np.array([background[at % other] for at in range(count)], np.float64)
    plainly *= np.sqrt((waveform**2).mean() / (plainly**2).mean() / 10 ** (snr / 10))
    np.testing.assert_allclose(mixed - waveform, plainly, atol=1e-5)


def test_there_is_no_level_to_mix_silence_at() -> None:
    silence, sound = np.zeros(10, np.float32), noise(10)
    np.testing.assert_array_equal(effects.mix(silence, sound, snr_db=0), silence)
    np.testing.assert_array_equal(effects.mix(sound, silence, snr_db=0), sound)
    np.testing.assert_array_equal(effects.mix(sound, silence[:0], snr_db=0), sound)
    impulse = effects.room(seconds=0.1, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(effects.reverberate(silence, impulse=impulse, wet=1), silence)
    assert effects.power(silence[:0]) == 0
