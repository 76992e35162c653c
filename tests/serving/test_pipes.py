"""Bytes from the event loop to a thread."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from earmark.audio import load
from earmark.serving.pipes import GoneError, Pipe, caf_header


def test_a_writer_waits_for_the_reader_and_a_reader_for_the_writer() -> None:
    async def run() -> bytes:
        pipe = Pipe(most=10)
        reading = asyncio.get_running_loop().run_in_executor(
            None, lambda: b"".join(iter(lambda: pipe.read(3), b""))
        )
        for _ in range(20):
            await pipe.write(b"12345678")
            assert len(pipe._waiting) < 30
        pipe.end()
        return await reading

    assert asyncio.run(run()) == b"12345678" * 20


def test_nothing_more_is_taken_while_nobody_reads() -> None:
    async def run() -> None:
        pipe = Pipe(most=10)
        await pipe.write(bytes(10))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await pipe.write(b"1")
        assert len(pipe.read(4)) == 4
        async with asyncio.timeout(1):
            await pipe.write(b"1")

    asyncio.run(run())


def test_a_reader_that_nobody_needs_ends() -> None:
    async def run() -> None:
        pipe = Pipe(most=10)
        seen: list[type[Exception]] = []

        def read() -> None:
            try:
                pipe.read(1)
            except GoneError as error:
                seen.append(type(error))

        thread = threading.Thread(target=read)
        thread.start()
        pipe.leave()
        thread.join(5)
        assert seen == [GoneError]

    asyncio.run(run())


@pytest.mark.parametrize("channels", [1, 2])
def test_the_header_makes_a_file_of_bare_samples(channels: int) -> None:
    samples = np.random.default_rng(0).integers(-9000, 9000, 16_000).astype("<i2")
    both = np.repeat(samples, channels)
    short = caf_header("s16le", sample_rate=16_000, channels=channels) + both.tobytes()
    np.testing.assert_array_equal(load(short), samples.astype(np.float32) / 32768)
    floats = (both.astype("<f4") / 32768).tobytes()
    wide = caf_header("f32le", sample_rate=16_000, channels=channels) + floats
    np.testing.assert_array_equal(load(wide), samples.astype(np.float32) / 32768)
