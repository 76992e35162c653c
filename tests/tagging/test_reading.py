"""A recording while it is read."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
import sounds

from earmark import audio
from earmark.audio import Source
from earmark.errors import AudioError
from earmark.features import patches
from earmark.tagging.reading import Reading, ahead


@pytest.mark.parametrize("batch", [1, 7, 24, 100])
def test_batches_are_the_patches_of_the_whole(noise: Path, batch: int) -> None:
    reading = Reading(Source.of(noise))
    found = list(reading.patches(batch=batch))
    assert all(len(block) == batch for block in found[:-1])
    np.testing.assert_array_equal(np.concatenate(found), patches(audio.load(noise)))
    assert reading.duration == reading.seconds == reading.expected


def test_first_reads_no_more_than_it_needs(tmp_path: Path) -> None:
    path = sounds.write_wav(tmp_path / "long.wav", sounds.silence(200))
    reading = Reading(Source.of(path), first=10, start=50.0)
    assert [len(block) for block in reading.patches(batch=32)] == [10]
    assert reading.start == 52 * 0.96
    assert reading.seconds < 100
    assert reading.duration == 200


def test_first_at_the_end(noise: Path) -> None:
    reading = Reading(Source.of(noise), first=10, start=22 * 0.96)
    assert [len(block) for block in reading.patches(batch=32)] == [2]
    with pytest.raises(AudioError, match=r"start 23\.1 s is outside: no whole patch begins there"):
        list(Reading(Source.of(noise), first=10, start=23.1).patches(batch=32))


def test_a_start_behind_the_end(noise: Path) -> None:
    with pytest.raises(AudioError, match=r"ends at 23\.35 s, before the start at 99\.00 s"):
        list(Reading(Source.of(noise), start=99.0).patches(batch=32))


def test_ahead_gives_the_same_and_ends_its_thread() -> None:
    before = set(threading.enumerate())
    assert list(ahead(number for number in range(5))) == [0, 1, 2, 3, 4]
    assert set(threading.enumerate()) <= before


def test_ahead_passes_errors_on_and_closes_what_it_reads() -> None:
    closed = []

    def numbers() -> Generator[int, None, None]:
        try:
            yield 1
            yield 2
            raise ValueError("no more")
        finally:
            closed.append(True)

    found = ahead(numbers())
    assert [next(found), next(found)] == [1, 2]
    with pytest.raises(ValueError, match="no more"):
        next(found)
    early = ahead(numbers())
    next(early)
    early.close()
    assert closed == [True, True]
