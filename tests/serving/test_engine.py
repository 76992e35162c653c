"""The way from recordings to results: bounds, errors, ends."""

from __future__ import annotations

import asyncio
import threading
import time

import numpy as np
import pytest

from earmark.audio import Source
from earmark.errors import AudioError, UsageError
from earmark.serving.engine import Engine
from earmark.serving.errors import ServiceError
from earmark.serving.settings import ServeSettings
from earmark.serving.watching import Watch

SOUND = Source.of(b"")


def name(source: Source, watch: Watch) -> str:
    return source.name


def test_results_are_in_the_order_of_the_sources() -> None:
    names = [str(number) for number in range(20)]

    async def run() -> list[str | ServiceError]:
        return await Engine(ServeSettings(jobs=4)).run(
            [Source.of(b"", name=name) for name in names], name
        )

    assert asyncio.run(run()) == names


def test_a_full_queue_refuses_and_says_when_to_come_again() -> None:
    engine = Engine(ServeSettings(jobs=1, queue=1))
    go = threading.Event()

    def wait(source: Source, watch: Watch) -> str:
        go.wait(10)
        return "done"

    async def run() -> None:
        waiting = [asyncio.create_task(engine.run([SOUND], wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(ServiceError, match="too many requests") as refused:
            await engine.run([SOUND], wait)
        assert refused.value.status_code == 503
        assert int((refused.value.headers or {})["Retry-After"]) >= 1
        go.set()
        assert await asyncio.gather(*waiting) == [["done"], ["done"]]
        assert engine.requests == 0
        assert await engine.run([SOUND], name) == ["<bytes>"]

    asyncio.run(run())


def test_what_takes_too_long_is_ended_and_keeps_its_place_until_then() -> None:
    engine = Engine(ServeSettings(jobs=1, queue=0, request_seconds=0.05))
    stopped = threading.Event()

    def endless(source: Source, watch: Watch) -> str:
        try:
            while True:
                time.sleep(0.01)
                watch(0.0, None)
        finally:
            time.sleep(0.2)
            stopped.set()

    async def run() -> None:
        with pytest.raises(ServiceError, match=r"not done after 0\.05 s") as refused:
            await engine.run([SOUND, SOUND], endless)
        assert refused.value.status_code == 504
        with pytest.raises(ServiceError, match="too many requests"):
            await engine.run([SOUND], name)
        while engine.requests:
            await asyncio.sleep(0.01)
        assert stopped.is_set()
        assert await engine.run([SOUND], name) == ["<bytes>"]

    asyncio.run(run())


def test_work_for_a_client_that_hangs_up_is_ended() -> None:
    engine = Engine(ServeSettings(jobs=1))

    def endless(source: Source, watch: Watch) -> str:
        while True:
            time.sleep(0.01)
            watch(0.0, None)

    async def run() -> None:
        with pytest.raises(ServiceError, match="hung up"):
            await engine.run([SOUND], endless, gone=asyncio.sleep(0.05))
        assert await engine.run([SOUND], name, gone=asyncio.sleep(30)) == ["<bytes>"]
        assert engine.requests == 0

    asyncio.run(run())


def test_the_event_loop_goes_on_meanwhile() -> None:
    engine = Engine(ServeSettings(jobs=1))

    def slow(source: Source, watch: Watch) -> str:
        time.sleep(0.3)
        return "done"

    async def run() -> int:
        work = asyncio.create_task(engine.run([SOUND], slow))
        ticks = 0
        while not work.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return ticks

    assert asyncio.run(run()) > 5


@pytest.mark.parametrize(("seconds", "expected"), [(11.0, None), (1.0, 11.0)])
def test_a_recording_that_is_too_long(seconds: float, expected: float | None) -> None:
    watch = Watch(threading.Event(), most=10.0)
    watch(10.0, 10.0)
    with pytest.raises(ServiceError, match="longer than 10 s") as refused:
        watch(seconds, expected)
    assert refused.value.status_code == 413


def test_errors_of_a_recording_are_told_and_others_raised() -> None:
    engine = Engine(ServeSettings(jobs=1))

    def unreadable(source: Source, watch: Watch) -> str:
        raise AudioError(source.name, "is damaged")

    def wrong(source: Source, watch: Watch) -> str:
        raise UsageError("no such label")

    (error,) = asyncio.run(engine.run([SOUND], unreadable))
    assert isinstance(error, ServiceError)
    assert (error.status_code, error.code) == (415, "not_sound")
    with pytest.raises(UsageError, match="no such label"):
        asyncio.run(engine.run([SOUND], wrong))


def test_closing_waits_for_what_was_begun() -> None:
    engine = Engine(ServeSettings(jobs=2))
    seen: list[int] = []

    def slow(source: Source, watch: Watch) -> int:
        time.sleep(0.1)
        seen.append(1)
        return int(np.sum(seen))

    async def run() -> None:
        task = asyncio.create_task(engine.run([SOUND], slow))
        await asyncio.sleep(0.02)
        await asyncio.to_thread(engine.close)
        assert await task == [1]

    asyncio.run(run())
