"""The one way from a recording to results: a bounded queue, threads, and an end to patience.

The event loop only waits. Threads decode, compute and infer, each for one recording at a time, so
that one's decoding is beside another's inference.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from earmark.audio import Source, stream
from earmark.errors import AudioError
from earmark.serving.errors import ServiceError
from earmark.serving.settings import ServeSettings

__all__ = ["Engine", "Watch"]

Result = TypeVar("Result")
_SMOOTHING = 0.2


class _StoppedError(Exception):
    """Nobody waits for the result any more."""


class Watch:
    """Stands beside one recording's work, and ends it where it goes too far.

    Parameters
    ----------
    stop : threading.Event
        Set when nobody waits any more.
    most : float
        The longest recording, in seconds.
    """

    def __init__(self, stop: threading.Event, *, most: float) -> None:
        self._stop = stop
        self._most = most

    def __call__(self, seconds: float, expected: float | None) -> None:
        """Be told how many seconds are done and of how many, as far as is known.

        Raises
        ------
        ServiceError
            If the recording is too long.
        """
        self.check()
        if max(seconds, expected or 0.0) > self._most:
            raise ServiceError(
                413,
                "too_long",
                f"the recording is longer than {self._most:g} s: cut it and send the parts",
            )

    def check(self) -> None:
        """End the work if nobody waits any more."""
        if self._stop.is_set():
            raise _StoppedError


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
        self._usual = 0.1

    @property
    def requests(self) -> int:
        """How many requests are in it, waiting or worked on."""
        return self._requests

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
        stop = threading.Event()
        begun = time.monotonic()
        futures = [self._pool.submit(self._attempt, work, source, stop) for source in sources]
        ended = _when_all_end(futures, self._one_less)
        leaving = None if gone is None else asyncio.ensure_future(gone)
        try:
            await asyncio.wait(
                {ended} if leaving is None else {ended, leaving},
                timeout=self._settings.request_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not ended.done():
                raise self._unfinished(gone=leaving is not None and leaving.done())
        finally:
            # A place in the queue is free when the threads are, which may be later.
            stop.set()
            for future in futures:
                future.cancel()
            if leaving is not None:
                leaving.cancel()
        self._usual += _SMOOTHING * (time.monotonic() - begun - self._usual)
        return [future.result() for future in futures]

    def close(self) -> None:
        """Finish what was begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _unfinished(self, *, gone: bool) -> ServiceError:
        if gone:  # nobody hears it, but it is counted
            return ServiceError(499, "client_gone", "the client hung up")
        return ServiceError(
            504,
            "took_too_long",
            f"the work was not done after {self._settings.request_seconds:g} s: send less at "
            "once, or try again later",
        )

    def _attempt(
        self, work: Work[Result], source: Source, stop: threading.Event
    ) -> Result | ServiceError:
        watch = Watch(stop, most=self._settings.duration_seconds)
        try:
            watch.check()
            return work(source, watch)
        except AudioError as error:
            return _why(source, error)
        except ServiceError as error:
            return error

    def _is_full(self) -> bool:
        return self._requests >= self._settings.jobs + self._settings.queue

    def _one_less(self) -> None:
        self._requests -= 1

    def _patience(self) -> int:
        """In how many seconds the queue may be shorter, as far as one can tell."""
        return min(60, max(1, math.ceil(self._usual)))


def _when_all_end(
    futures: Sequence[Future[Result]], then: Callable[[], None]
) -> asyncio.Future[None]:
    """Wait for all, without asking what came of them."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    left = len(futures)

    def one_ended() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            then()
            if not ended.done():
                ended.set_result(None)

    def from_thread(_: Future[Result]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(one_ended)

    for future in futures:
        future.add_done_callback(from_thread)
    return ended


def _why(source: Source, error: AudioError) -> ServiceError:
    """Tell what is no sound from sound that cannot be read to its end: only one of them opens."""
    try:
        stream(source).close()
    except AudioError:
        return ServiceError(415, "not_sound", str(error))
    return ServiceError(422, "unreadable", str(error))
