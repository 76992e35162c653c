"""The one way from a recording to results: a bounded queue, threads, and an end to patience.

The event loop only waits. Threads decode, compute and infer, each for one recording at a time, so
that one's decoding is beside another's inference.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from earmark.audio import Source, stream
from earmark.errors import AudioError
from earmark.serving.addresses import at_hand
from earmark.serving.errors import ServiceError
from earmark.serving.settings import ServeSettings
from earmark.serving.watching import Watch, watched

__all__ = ["Engine"]

Result = TypeVar("Result")
_SMOOTHING = 0.2


@dataclass(frozen=True)
class _Begun:
    """One of a request's recordings, with a thread or waiting for one."""

    at: int
    work: Future[Any]


Work = Callable[[Source, Watch], Result]


class Engine:
    """Works on recordings, so many at once, with so many requests waiting.

    Parameters
    ----------
    settings : ServeSettings
        ``jobs``, ``queue``, ``request_seconds`` and ``duration_seconds`` are used.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self._settings = settings
        self._pool = ThreadPoolExecutor(settings.jobs, thread_name_prefix="earmark-serve")
        self._requests = 0
        self._told: Callable[[float], object] = float
        self._usual = 0.1

    @property
    def requests(self) -> int:
        """How many requests are in it, waiting or worked on."""
        return self._requests

    def tell(self, told: Callable[[float], object]) -> None:
        """Have a callable told from now on how many requests are in it."""
        self._told = told
        told(self._requests)

    @property
    def most_seconds(self) -> float:
        """The longest recording that is taken."""
        return self._settings.duration_seconds

    async def run(
        self,
        sources: Sequence[Source],
        work: Work[Result],
        *,
        gone: Coroutine[Any, Any, None] | None = None,
    ) -> list[Result | ServiceError]:
        """Do the same with all recordings of one request.

        Parameters
        ----------
        sources : sequence of Source
        work : callable
            Takes a source and its watch, which is to be told how far the work has come.
        gone : coroutine, optional
            Ends when the client hangs up, and with it the work.

        Returns
        -------
        list of result or ServiceError
            In the order of the sources; an error for what cannot be read or is too long.

        Raises
        ------
        ServiceError
            503 if too many requests wait, 504 if it takes too long.
        EarmarkError
            Of the arguments or the model.
        """
        if self._is_full():
            if gone is not None:
                gone.close()
            raise ServiceError(
                503,
                "busy",
                "too many requests are waiting: try again later",
                headers={"Retry-After": str(self._patience())},
            )
        self._requests += 1
        self._told(self._requests)
        begun = time.monotonic()
        leaving = None if gone is None else asyncio.ensure_future(gone)
        try:
            results = await self._go_through(sources, work, leaving)
        finally:
            if leaving is not None:
                leaving.cancel()
        self._usual += _SMOOTHING * (time.monotonic() - begun - self._usual)
        return results

    def close(self) -> None:
        """Finish what was begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _go_through(
        self,
        sources: Sequence[Source],
        work: Work[Result],
        leaving: asyncio.Future[None] | None,
    ) -> list[Result | ServiceError]:
        """Work on a request's recordings, on no more at once than there are threads.

        What is left of them stands behind what others sent meanwhile: nobody waits for all of a
        large request.
        """
        stop = threading.Event()
        left = deque(enumerate(sources))
        found: dict[int, Result | ServiceError] = {}
        running: dict[asyncio.Future[Result | ServiceError], _Begun] = {}
        try:
            async with asyncio.timeout(self._settings.request_seconds):
                while left or running:
                    while left and len(running) < self._settings.jobs:
                        at, source = left.popleft()
                        begun = self._pool.submit(self._attempt, work, source, stop)
                        running[asyncio.wrap_future(begun)] = _Begun(at, begun)
                    awaited: set[asyncio.Future[Any]] = {*running}
                    if leaving is not None:
                        awaited.add(leaving)
                    await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
                    if leaving is not None and leaving.done():
                        # Nobody hears it, but it is counted.
                        raise ServiceError(499, "client_gone", "the client hung up")
                    for done in [future for future in running if future.done()]:
                        found[running.pop(done).at] = done.result()
        except TimeoutError:
            raise ServiceError(
                504,
                "took_too_long",
                f"the work was not done after {self._settings.request_seconds:g} s: send less at "
                "once, or try again later",
            ) from None
        finally:
            stop.set()
            self._leave(running)
        return [found[at] for at in range(len(sources))]

    def _leave(self, running: Mapping[asyncio.Future[Any], _Begun]) -> None:
        """Give the request's place back when no thread works for it any more."""
        for begun in running.values():
            begun.work.cancel()  # unless a thread has it, which looks at its watch now and then
        if running:
            asyncio.gather(*running, return_exceptions=True).add_done_callback(self._one_less)
        else:
            self._one_less()

    def _attempt(
        self, work: Work[Result], source: Source, stop: threading.Event
    ) -> Result | ServiceError:
        watch = Watch(stop, most=self._settings.duration_seconds)
        try:
            watch.check()
            with at_hand(source, watch.check) as fetched:
                here = watched(fetched, watch)
                try:
                    return work(here, watch)
                except AudioError as error:
                    return _why(here, error)
        except ServiceError as error:
            return error

    def _is_full(self) -> bool:
        return self._requests >= self._settings.jobs + self._settings.queue

    def _one_less(self, _: object = None) -> None:
        self._requests -= 1
        self._told(self._requests)

    def _patience(self) -> int:
        """In how many seconds the queue may be shorter, as far as one can tell."""
        return min(60, max(1, math.ceil(self._usual)))


def _why(source: Source, error: AudioError) -> ServiceError:
    """Tell what is no sound from sound that cannot be read to its end: only one of them opens."""
    try:
        stream(source).close()
    except AudioError:
        return ServiceError(415, "not_sound", str(error))
    return ServiceError(422, "unreadable", str(error))
