"""Blocks, starts and lengths; memory that does not grow; what notes tell."""

from __future__ import annotations

import gc
import io
import logging
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from audio.making import FLOAT, Format, encode, melody, pcm, tone, wav
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.audio import SAMPLE_RATE, Source, load, stream
from earmark.errors import AudioError, UsageError

RECORDING = wav(pcm(melody(5.0, rate=22_050)), rate=22_050)
WHOLE = load(RECORDING)


@settings(max_examples=25, deadline=None)
@given(st.floats(1 / SAMPLE_RATE, 6.0))
def test_any_cut_into_blocks_gives_the_same_samples(block_seconds: float) -> None:
    # Very short blocks would be very many.
    blocks = list(stream(RECORDING, block_seconds=max(block_seconds, 0.003)))
    assert np.array_equal(np.concatenate(blocks), WHOLE)
    assert {len(block) for block in blocks[:-1]} <= {round(max(block_seconds, 0.003) * SAMPLE_RATE)}
    assert len(blocks[-1]) > 0


@pytest.mark.parametrize(
    "form", [Format("mp3", "libmp3lame", "fltp"), Format("m4a", "aac", "fltp")]
)
def test_blocks_of_packed_sound_join_to_the_whole(form: Format) -> None:
    data = encode(melody(3.0, rate=44_100), form)
    blocks = list(stream(data, block_seconds=0.77))
    assert np.array_equal(np.concatenate(blocks), load(data))


def test_a_block_longer_than_the_recording_is_the_recording() -> None:
    assert [len(block) for block in stream(RECORDING, block_seconds=1e12)] == [len(WHOLE)]


def test_two_streams_of_one_source_do_not_disturb_each_other() -> None:
    source = Source.of(RECORDING)
    for first, second in zip(
        stream(source, block_seconds=0.5), stream(source, block_seconds=0.5), strict=True
    ):
        assert np.array_equal(first, second)


def test_blocks_can_be_written_to() -> None:
    first, second = stream(RECORDING, block_seconds=2.5)
    first[:] = 9.0
    assert np.array_equal(second, WHOLE[40_000:])


@pytest.mark.parametrize("seconds", [0.00001, 1.0, 2.5, 5.0, 99.0])
def test_duration_bounds_what_is_read(seconds: float) -> None:
    part = load(RECORDING, duration=seconds)
    assert np.array_equal(part, WHOLE[: max(1, round(seconds * SAMPLE_RATE))])


def test_a_start_beyond_the_end_says_so() -> None:
    with pytest.raises(AudioError, match=r"ends at 5\.00 s, before the start at 7\.00 s"):
        load(RECORDING, start=7)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"start": -1.0}, "start is -1.0, but must be 0 or more"),
        ({"start": float("nan")}, "start is nan"),
        ({"duration": 0.0}, "duration is 0.0, but must be more than 0"),
        ({"duration": float("inf")}, "duration is inf"),
        ({"block_seconds": 0.0}, "block_seconds is 0.0"),
    ],
)
def test_arguments_without_sense_are_refused(arguments: dict[str, float], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        stream(RECORDING, **arguments)


def test_an_abandoned_stream_closes_its_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("audio") / "a.wav"
    path.write_bytes(RECORDING)
    blocks = stream(path, block_seconds=1.0)
    next(blocks)
    del blocks
    gc.collect()  # an open file would warn here, and warnings are errors


def test_close_ends_the_blocks() -> None:
    with stream(RECORDING, block_seconds=1.0) as blocks:
        next(blocks)
    assert list(blocks) == []


class LongRecording(io.RawIOBase):
    """A WAV file of many hours that is made while it is read."""

    def __init__(self, seconds: int, rate: int) -> None:
        second = pcm(tone(1.0, rate=rate, hertz=50.0))
        self.second, self.header = second, wav(rate=rate, claimed=len(second) * seconds)
        self.size = len(self.header) + len(second) * seconds
        self.position = self.most_read = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self.position = offset + {0: 0, 1: self.position, 2: self.size}[whence]
        return self.position

    def read(self, size: int = -1, /) -> bytes:
        size = max(0, min(size, self.size - self.position))
        at = self.position - len(self.header)
        if at < 0:
            data = self.header[at:][:size]
        else:
            cycles = self.second * (2 + size // len(self.second))
            data = cycles[at % len(self.second) :][:size]
        self.position += len(data)
        self.most_read = max(self.most_read, self.position)
        return data


def test_memory_does_not_grow_with_the_recording() -> None:
    def peak(minutes: int) -> int:
        file = LongRecording(60 * minutes, 16_000)
        gc.collect()
        tracemalloc.start()
        with stream(file, block_seconds=10.0) as blocks:  # type: ignore[arg-type]
            total = sum(map(len, blocks))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert total == 60 * minutes * SAMPLE_RATE
        return most

    peak(1)  # what is imported and cached on first use is no part of it
    assert peak(20) < peak(2) + 200_000


def test_twelve_hours_are_not_read_before_the_first_block() -> None:
    file = LongRecording(12 * 3600, 16_000)
    with stream(file) as blocks:  # type: ignore[arg-type]
        assert blocks.info.duration == 12 * 3600
        next(blocks)
    assert file.most_read < 3_000_000


def test_a_late_start_of_twelve_hours_jumps_there() -> None:
    file = LongRecording(12 * 3600, 16_000)
    assert len(load(file, start=12 * 3600 - 2.5)) == 40_000  # type: ignore[arg-type]


def test_numbers_that_are_none_become_silence_and_a_note() -> None:
    samples = tone(1.0)
    samples[4000:4400], samples[8000], samples[9000] = np.nan, np.inf, -np.inf
    data = wav(samples.tobytes(), bits=32, code=FLOAT)
    with stream(data) as blocks:
        waveform = np.concatenate(list(blocks))
        assert blocks.notes == (
            "0.025 s of it are no numbers (NaN or infinite); silence stands in",
        )
    assert np.isfinite(waveform).all()
    assert np.array_equal(waveform[:4000], samples[:4000])
    assert not waveform[4000:4400].any()


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_wild_numbers_stay_in_range_at_any_rate(rate: int) -> None:
    wild = np.random.default_rng(0).standard_normal(rate).astype("<f4") * 10
    wild[:: rate // 7] = np.nan
    wild[1 :: rate // 5] = np.float32(3e38)
    waveform = load(wav(wild.tobytes(), bits=32, code=FLOAT, rate=rate))
    assert np.isfinite(waveform).all()
    assert np.abs(waveform).max() <= 1.0


def test_samples_on_another_scale_are_clipped_and_noted() -> None:
    with stream(wav((tone(1.0) * 20_000).tobytes(), bits=32, code=FLOAT)) as blocks:
        list(blocks)
        assert "beyond full scale and are clipped" in blocks.notes[0]


def test_load_logs_what_stream_notes(caplog: pytest.LogCaptureFixture) -> None:
    data = wav(pcm(tone(1.0)), claimed=64_000)
    with caplog.at_level(logging.WARNING, "earmark.audio"):
        load(Source.of(data, name="short.wav"))
    assert caplog.messages == [
        "short.wav: ends at 1.00 s where its header promises 2.00 s: it was cut off"
    ]


def test_threads_can_read_at_once() -> None:
    results: list[bool] = []

    def read() -> None:
        results.append(np.array_equal(load(RECORDING), WHOLE))

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 6


def test_real_recordings_can_be_read(shared_data: Path) -> None:
    paths = sorted((shared_data / "corpus").rglob("*.opus"))[:40]
    assert paths
    for path in paths:
        waveform = load(path)
        assert len(waveform) > 0
        assert np.abs(waveform).max() <= 1.0
