from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
import pytest
import reference_features as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark import features
from earmark.errors import UsageError
from earmark.features import FIRST_PATCH_SAMPLES, PATCH_SAMPLES, PatchStream, fit_short, patches

Waveform = NDArray[np.float32]


def noise(samples: int, *, level: float = 0.1, seed: int = 0) -> Waveform:
    rng = np.random.default_rng(seed)
    return rng.normal(scale=level, size=samples).astype(np.float32)


def tone(hertz: float, *, samples: int = FIRST_PATCH_SAMPLES) -> Waveform:
    waveform: Waveform = np.sin(2 * np.pi * hertz / 16_000 * np.arange(samples), dtype=np.float64)
    return waveform.astype(np.float32)


def clicks() -> Waveform:
    waveform = np.zeros(FIRST_PATCH_SAMPLES, dtype=np.float32)
    waveform[::1600] = 1.0
    return waveform


SIGNALS = {
    "noise": noise(FIRST_PATCH_SAMPLES + 2 * PATCH_SAMPLES),
    "loud noise": noise(FIRST_PATCH_SAMPLES, level=0.5).clip(-1, 1),
    "faint noise": noise(FIRST_PATCH_SAMPLES, level=1e-5),
    "silence": np.zeros(FIRST_PATCH_SAMPLES, dtype=np.float32),
    "constant": np.ones(FIRST_PATCH_SAMPLES, dtype=np.float32),
    "full-scale low tone": tone(130.0),
    "full-scale tone": tone(1000.3),
    "full-scale high tone": tone(7321.0),
    "square wave": np.sign(tone(440.1)),
    "clicks": clicks(),
    "fading tone": tone(600.0) * np.geomspace(1, 1e-6, FIRST_PATCH_SAMPLES, dtype=np.float32),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_agrees_with_the_plain_float64_reference(name: str) -> None:
    waveform = SIGNALS[name]
    computed = patches(waveform)
    assert computed.dtype == np.float32
    np.testing.assert_allclose(computed, reference.patches(waveform), rtol=0, atol=1e-5)


def test_the_reference_is_the_definition() -> None:
    waveform = SIGNALS["noise"]
    by_definition = reference.patches(waveform, spectrum=reference.by_definition)
    np.testing.assert_allclose(reference.patches(waveform), by_definition, rtol=0, atol=1e-9)


def test_takes_float64_too() -> None:
    waveform = noise(FIRST_PATCH_SAMPLES).astype(np.float64) + 1e-9
    np.testing.assert_allclose(patches(waveform), reference.patches(waveform), rtol=0, atol=1e-5)


def test_ten_seconds_are_998_frames_and_10_patches() -> None:
    waveform = noise(160_000)
    assert len(reference.frames(waveform)) == 998
    assert patches(waveform).shape == (10, 96, 64)
    assert features.PATCH_SECONDS == 0.96


@pytest.mark.parametrize(
    ("samples", "count"), [(0, 0), (399, 0), (15_599, 0), (15_600, 1), (30_959, 1), (30_960, 2)]
)
def test_a_patch_needs_all_its_samples(samples: int, count: int) -> None:
    assert patches(noise(samples)).shape == (count, 96, 64)
    assert features.patch_count(samples) == count


def test_silence_is_the_logarithm_of_the_offset() -> None:
    silence = np.zeros(FIRST_PATCH_SAMPLES, dtype=np.float32)
    np.testing.assert_array_equal(patches(silence), np.float32(np.log(np.float32(0.01))))


@pytest.mark.parametrize("hertz", [200.0, 1000.0, 5000.0])
def test_a_tone_stands_out_in_the_band_around_it(hertz: float) -> None:
    loudest = patches(tone(hertz))[0].mean(axis=0).argmax()
    assert features.mel_matrix()[round(hertz / 16_000 * 512), loudest] > 0.5


def test_mel_matrix_is_the_reference() -> None:
    matrix = features.mel_matrix()
    np.testing.assert_allclose(matrix, reference.MEL, rtol=0, atol=1e-12)
    assert not matrix[0].any()
    assert not matrix[:4].any(), "nothing below 125 Hz"
    assert not matrix[240:].any(), "nothing from 7500 Hz"
    assert (matrix.max(axis=0) > 0.3).all(), "every band sees some bin well"


@settings(max_examples=40, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 6 * PATCH_SAMPLES + FIRST_PATCH_SAMPLES + 100), max_size=8),
    seed=st.integers(0, 3),
)
def test_streamed_is_whole_to_the_last_bit(cuts: list[int], seed: int) -> None:
    waveform = noise(6 * PATCH_SAMPLES + FIRST_PATCH_SAMPLES + 100, seed=seed)
    stream = PatchStream()
    streamed = [stream.push(block) for block in np.split(waveform, sorted(cuts))]
    np.testing.assert_array_equal(np.concatenate(streamed), patches(waveform))


@pytest.mark.parametrize("size", [160, 399, 15_360, 15_600])
def test_streamed_in_equal_blocks(size: int) -> None:
    waveform = noise(3 * FIRST_PATCH_SAMPLES)
    stream = PatchStream()
    starts = range(0, waveform.size, size)
    streamed = [stream.push(waveform[start : start + size]) for start in starts]
    np.testing.assert_array_equal(np.concatenate(streamed), patches(waveform))


def test_a_patch_depends_on_its_own_samples_only() -> None:
    waveform = noise(PATCH_SAMPLES * 10 + FIRST_PATCH_SAMPLES)
    whole = patches(waveform)
    for i, patch in enumerate(whole):
        own = waveform[i * PATCH_SAMPLES : i * PATCH_SAMPLES + FIRST_PATCH_SAMPLES]
        # A copy lies elsewhere in memory, and so on another alignment.
        np.testing.assert_array_equal(patches(np.concatenate([own[:0], own]))[0], patch)
        np.testing.assert_array_equal(patches(own)[0], patch)


def test_a_stream_does_not_hold_on_to_the_block_it_was_given() -> None:
    waveform = noise(2 * FIRST_PATCH_SAMPLES)
    stream, buffer, streamed = PatchStream(), np.empty(1000, dtype=np.float32), []
    for start in range(0, waveform.size, 1000):
        block = waveform[start : start + 1000]
        buffer[: block.size] = block
        streamed.append(stream.push(buffer[: block.size]))
        buffer[:] = np.nan
    np.testing.assert_array_equal(np.concatenate(streamed), patches(waveform))


def test_threads_do_not_disturb_each_other() -> None:
    waveforms = [noise(6 * FIRST_PATCH_SAMPLES, seed=seed) for seed in range(8)]
    alone = [patches(waveform) for waveform in waveforms]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(patches, waveforms))
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("workers", [2, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_workers_share_the_work_and_change_nothing(workers: int, count: int) -> None:
    waveform = noise(FIRST_PATCH_SAMPLES + (count - 1) * PATCH_SAMPLES + 100)
    shared = patches(waveform, workers=workers)
    assert shared.shape == (count, 96, 64)
    np.testing.assert_array_equal(shared, patches(waveform, workers=1))


def test_a_long_waveform_is_shared_by_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    waveform = noise(40 * PATCH_SAMPLES)
    alone = patches(waveform, workers=1)
    computed_by = set()
    compute = features._compute

    def spy(samples: Waveform, *, out: Waveform) -> None:
        computed_by.add(threading.current_thread().name)
        compute(samples, out=out)

    monkeypatch.setattr(features, "_compute", spy)
    monkeypatch.setattr(features, "cores", lambda: 3)
    np.testing.assert_array_equal(patches(waveform), alone)
    assert len(computed_by) >= 2 or threading.current_thread().name not in computed_by
    computed_by.clear()
    patches(waveform[: 10 * PATCH_SAMPLES])
    assert computed_by == {threading.current_thread().name}


def test_workers_refuse_what_one_would() -> None:
    with pytest.raises(UsageError, match="one axis"):
        patches(np.zeros((2, 16_000), dtype=np.float32), workers=2)
    with pytest.raises(UsageError, match="workers=0: somebody must do the work"):
        patches(noise(100), workers=0)


@pytest.mark.parametrize("how", ["loop", "pad"])
def test_a_long_enough_waveform_is_left_alone(how: Literal["loop", "pad"]) -> None:
    waveform = noise(FIRST_PATCH_SAMPLES)
    assert fit_short(waveform, how=how) is waveform


def test_a_short_waveform_is_repeated_from_its_start() -> None:
    fitted = fit_short(noise(7000), how="loop")
    assert fitted.shape == (FIRST_PATCH_SAMPLES,)
    assert fitted.dtype == np.float32
    np.testing.assert_array_equal(fitted, np.tile(noise(7000), 3)[:FIRST_PATCH_SAMPLES])


def test_a_short_waveform_is_padded_with_silence() -> None:
    fitted = fit_short(noise(7000), how="pad")
    assert fitted.shape == (FIRST_PATCH_SAMPLES,)
    assert fitted.dtype == np.float32
    np.testing.assert_array_equal(fitted[:7000], noise(7000))
    assert not fitted[7000:].any()


def test_an_empty_waveform_cannot_be_lengthened() -> None:
    with pytest.raises(UsageError, match="empty waveform"):
        fit_short(noise(0), how="loop")


def test_an_unknown_way_to_lengthen_is_named() -> None:
    with pytest.raises(UsageError, match=r"how='mirror'.*'loop' or 'pad'"):
        fit_short(noise(10), how="mirror")  # type: ignore[arg-type]


def test_two_channels_are_refused() -> None:
    with pytest.raises(UsageError, match=r"one axis, not the shape \(2, 16000\)"):
        patches(noise(32_000).reshape(2, -1))


def test_integers_are_refused() -> None:
    samples: Any = np.zeros(16_000, dtype=np.int16)
    with pytest.raises(UsageError, match=r"not int16: divide 16-bit samples by 32768"):
        patches(samples)
