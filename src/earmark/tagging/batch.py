"""Many recordings in one run: some at once, in order, and none that stops the others."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from earmark.audio import Skipped, Source
from earmark.errors import AudioError, EarmarkError

__all__ = ["process"]

Result = TypeVar("Result")
logger = logging.getLogger("earmark.tagging")
Heard = Callable[[float, float | None], None]
Work = Callable[[Source, Heard], Result]


class _Stopped(BaseException):
    """The run is over; the recording at hand is left where it is."""


def process(
    sources: Iterable[Source | Skipped],
    work: Work[Result],
    *,
    jobs: int = 1,
    listener: Callable[[Source, float, float | None], None] | None = None,
) -> Iterator[Result | Skipped]:
    """Do the same with many recordings.

    Parameters
    ----------
    sources : iterable of Source or Skipped
        As `audio.find` gives them; read no further than needed.
    work : callable
        Takes a source and a listener, which it tells how many seconds are done and how many there
        are, and gives the result.
    jobs : int
        How many recordings to work on at once, each in a thread.
    listener : callable, optional
        Is told the same of each source, from the threads that do the work.

    Yields
    ------
    Result or Skipped
        In the order of the sources. A recording that cannot be read becomes `Skipped`, with the
        reason; other errors, of the model or the arguments, end the run.
    """
    stop = threading.Event()

    def attempt(source: Source | Skipped) -> Result | Skipped:
        if isinstance(source, Skipped):
            return source

        def heard(seconds: float, expected: float | None) -> None:
            if stop.is_set():
                raise _Stopped
            if listener is not None:
                listener(source, seconds, expected)

        try:
            return work(source, heard)
        except AudioError as error:
            return Skipped(source.name, error.reason)
        except EarmarkError:
            raise
        except Exception as error:
            # One recording that finds a fault of ours is no reason to lose a night's work.
            logger.debug("%s", source.name, exc_info=True)
            what = f"{type(error).__name__}: {error}".splitlines()[0]
            return Skipped(source.name, f"earmark itself fails on it ({what}): please report it")

    if jobs == 1:
        yield from map(attempt, sources)
        return
    with ThreadPoolExecutor(jobs, thread_name_prefix="earmark-job") as pool:
        todo = iter(sources)
        coming: deque[Future[Result | Skipped]] = deque()
        try:
            # A few more than there are threads, so that none waits while the results are written.
            for source in islice(todo, 2 * jobs):
                coming.append(pool.submit(attempt, source))
            while coming:
                yield coming.popleft().result()
                for source in islice(todo, 1):
                    coming.append(pool.submit(attempt, source))
        finally:
            stop.set()
            for future in coming:
                future.cancel()
