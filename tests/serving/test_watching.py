"""What ends work that nobody waits for."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from audio.making import Format, encode, pcm, tone, wav

from earmark.audio import Source, load, stream
from earmark.audio.bytestreams import ByteStream, Forward
from earmark.serving.watching import StoppedError, Watch, watched
from earmark.tagging import Options, Tagger


class Endless(Forward):
    """MP3 that never ends, and an origin of it."""

    def __init__(self) -> None:
        self.piece = encode(tone(5.0, rate=44_100), Format("mp3", "libmp3lame", "fltp"))

    @contextmanager
    def open(self, name: str, /) -> Iterator[ByteStream]:
        yield self

    def read(self, size: int, /) -> bytes:
        return self.piece[:size]


def test_nothing_changes_while_somebody_waits() -> None:
    data = wav(pcm(tone(2.0)))
    watch = Watch(threading.Event(), most=10)
    for source in (Source.of(data), Source.of(io.BytesIO(data))):
        np.testing.assert_array_equal(load(watched(source, watch)), load(data))
    np.testing.assert_array_equal(
        load(watched(Source.of(data), watch), start=1.0), load(data, start=1.0)
    )


def test_no_byte_is_read_when_nobody_waits() -> None:
    stop = threading.Event()
    source = watched(Source.of(wav(pcm(tone(60.0)))), Watch(stop, most=100))
    with stream(source, block_seconds=1.0) as blocks:
        next(blocks)
        stop.set()
        with pytest.raises(StoppedError):
            list(blocks)


def test_work_that_tells_nothing_ends_too(tagger: Tagger) -> None:
    """To the end of an endless recording, for its first ten patches."""
    stop = threading.Event()
    source = watched(Source("x", Endless()), Watch(stop, most=100))
    threading.Timer(0.3, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(StoppedError):
        tagger.annotate(source, Options(pooling="first"))
    assert time.monotonic() - begun < 20
