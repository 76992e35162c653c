"""The mean of the channels, the resampler's quality, and what it leaves alone."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from audio.making import EXTENSIBLE, FLOAT, Samples, melody, pcm, tone, wav
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.audio import load
from earmark.audio.resampling import begin_before

RATES = [8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000, 22_255]


def interleaved(*channels: Samples) -> bytes:
    return pcm(np.stack(channels, axis=1))


def float_wav(samples: Samples, *, rate: int, channels: int = 1) -> bytes:
    return wav(samples.astype("<f4").tobytes(), rate=rate, channels=channels, bits=32, code=FLOAT)


def test_16_khz_is_left_as_it_is() -> None:
    samples = np.random.default_rng(0).integers(-32768, 32768, 50_000, dtype="<i2")
    assert np.array_equal(load(wav(samples.tobytes())), samples / np.float32(32768))


@pytest.mark.parametrize(
    ("bits", "kind", "code"),
    [
        (8, "u1", 1),
        (16, "<i2", 1),
        (24, "<i4", 1),
        (32, "<i4", 1),
        (64, "<i8", 1),
        (32, "<f4", 3),
        (64, "<f8", 3),
    ],
)
def test_every_sample_format(bits: int, kind: str, code: int) -> None:
    exact = np.array([0.0, 0.5, -0.5, 0.25, -1.0, 127 / 128], dtype=np.float64)
    if code == FLOAT:
        data = exact.astype(kind).tobytes()
    else:
        whole = np.clip(exact * 2.0 ** (bits - 1), None, 2 ** (bits - 1) - 1)
        data = (whole + (128 if bits == 8 else 0)).astype(kind).tobytes()
        if bits == 24:
            data = b"".join(data[place : place + 3] for place in range(0, len(data), 4))
    waveform = load(wav(data, bits=bits, code=code))
    assert np.allclose(waveform, exact, atol=2**-23)


def test_stereo_is_the_mean() -> None:
    left, right = tone(0.5), tone(0.5, hertz=1000, level=0.3)
    whole = np.stack([left, right]).astype(np.float64)
    both = np.round(whole * 32767) / 32768
    waveform = load(wav(interleaved(left, right), channels=2))
    assert np.array_equal(waveform, both.mean(axis=0).astype(np.float32))


@pytest.mark.parametrize("channels", [3, 4, 5, 6, 7, 8, 9, 12, 16, 24, 33, 64, 65, 100])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_any_number_of_channels_is_the_mean(channels: int, rate: int) -> None:
    sounds = [tone(0.1, rate=rate, hertz=200.0 + 50 * number) for number in range(channels)]
    mixed = load(wav(interleaved(*sounds), channels=channels, rate=rate))
    mean = np.mean(np.stack(sounds).astype(np.float64), axis=0).astype(np.float32)
    assert np.allclose(mixed, load(wav(pcm(mean), rate=rate)), atol=1e-4)


@pytest.mark.parametrize("mask", [0x3F, 0x60F, 0x4, 0x30, 0xFFFFFFFF, 0])
def test_any_layout_of_loudspeakers_is_the_plain_mean(mask: int) -> None:
    sounds = [tone(0.1, level=0.1 * number) for number in range(6)]
    plain = wav(interleaved(*sounds), channels=6)
    extra = (22).to_bytes(2, "little") + (16).to_bytes(2, "little") + mask.to_bytes(4, "little")
    extra += bytes.fromhex("0100000000001000800000aa00389b71")
    layout = EXTENSIBLE.to_bytes(2, "little") + plain[22:36] + extra
    marked = plain[:16] + len(layout).to_bytes(4, "little") + layout + plain[36:]
    assert np.allclose(load(marked), 0.25 * tone(0.1, level=1.0), atol=1e-4)


@pytest.mark.parametrize("rate", RATES)
def test_resampling_is_like_soxr_where_both_are_flat(rate: int) -> None:
    samples = sum(
        (
            tone(1.0, rate=rate, hertz=hertz, level=0.15)
            for hertz in (100, 1000, 3000, 6900)
            if hertz < 0.42 * rate
        ),
        np.zeros(rate, np.float32),
    )
    ours = load(float_wav(samples, rate=rate))
    theirs = soxr.resample(samples, rate, 16_000, "VHQ")
    assert abs(len(ours) - 16_000) <= 1
    assert np.abs(ours - theirs[: len(ours)])[500:-500].max() < 3e-4


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("hertz", [8_600, 9_500, 10_500])
def test_nothing_folds_back(rate: int, hertz: float) -> None:
    ours = load(float_wav(tone(1.0, rate=rate, hertz=hertz, level=0.9), rate=rate))
    assert np.abs(ours[500:-500]).max() < 0.9 * 10 ** (-85 / 20)


@pytest.mark.parametrize("rate", [8_000, 11_025])
def test_no_images_appear(rate: int) -> None:
    ours = load(float_wav(tone(1.0, rate=rate, hertz=3000, level=0.9), rate=rate))
    spectrum = np.abs(np.fft.rfft(ours * np.hanning(len(ours)))) * 2 / len(ours)
    assert spectrum[: rate // 2].argmax() == 3000
    assert spectrum[3010:].max() < 0.9 * 10 ** (-85 / 20)


def test_what_overshoots_is_clipped() -> None:
    square = np.sign(tone(0.5, rate=44_100, hertz=100.0)).astype(np.float32)
    waveform = load(float_wav(square, rate=44_100))
    assert waveform.max() == 1.0
    assert waveform.min() == -1.0


@given(
    start=st.integers(0, 10**9),
    rate=st.sampled_from([*RATES, 1_000, 44_101, 384_000, 1_411_200]),
)
def test_resampling_begins_where_input_and_output_coincide(start: int, rate: int) -> None:
    begin = begin_before(start, rate)
    assert begin * 16_000 % rate == 0
    assert begin == 0 or begin * 16_000 // rate <= start - 1500


@settings(max_examples=15, deadline=None)
@given(
    rate=st.sampled_from([8_000, 16_000, 22_050, 44_100, 44_101, 48_000]),
    start=st.floats(0.0, 3.9),
    seconds=st.floats(0.001, 5.0),
)
def test_a_part_is_the_whole_cut(rate: int, start: float, seconds: float) -> None:
    data = wav(pcm(melody(4.0, rate=rate)), rate=rate)
    whole = load(data)
    first = round(start * 16_000)
    expected = whole[first : first + max(1, round(seconds * 16_000))]
    assert np.array_equal(load(data, start=start, duration=seconds), expected)
