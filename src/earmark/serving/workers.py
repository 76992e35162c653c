"""Several workers: processes that share one port, each with its own models, and who watches them.

uvicorn starts them, starts another where one dies, and ends them. Here is what it leaves open: what
they count is added up, a worker's share of what is open now goes with it, one that hangs ends
itself, and no worker outlives who started it.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from multiprocessing import parent_process
from multiprocessing.connection import wait
from socket import socket
from tempfile import TemporaryDirectory

from fastapi import FastAPI
from prometheus_client import multiprocess
from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from earmark.errors import ModelError
from earmark.serving.app import create_app
from earmark.serving.logs import write_logs
from earmark.serving.measuring import COUNTS
from earmark.serving.settings import ServeSettings

__all__ = ["run_workers", "worker"]

logger = logging.getLogger("earmark.serving")
HANGING_SECONDS = 60.0
"""A worker that has not come round to its next event for so long never will."""
BEAT_SECONDS = 5.0


def run_workers(config: Config, listener: socket) -> None:
    """Run as many workers as the configuration says until Ctrl-C or SIGTERM.

    Parameters
    ----------
    config : Config
        Whose application is a factory, `worker` with its settings.
    listener : socket
        The port that they share.

    Raises
    ------
    ModelError
        If they cannot start.
    """
    with _counts():
        watcher = _Watcher(config, [listener])
        watcher.run()
    if any(process.exitcode == STARTUP_FAILURE for process in watcher.processes):
        raise ModelError("the workers could not start: the log says why")


def worker(settings: ServeSettings) -> FastAPI:
    """Make the application of one worker, in its own process."""
    # Ctrl-C reaches all processes of a terminal; who watches them ends them, each once.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    write_logs(sys.stderr)
    app = create_app(settings)
    lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def beating(app: FastAPI) -> AsyncIterator[None]:
        beat = asyncio.create_task(_beat())
        try:
            async with lifespan(app):
                yield
        finally:
            beat.cancel()

    app.router.lifespan_context = beating
    return app


class _Watcher(Multiprocess):
    """Starts another worker where one dies, and takes what that one had open from the counts.

    A worker is dead when its process is, and one that hangs ends itself. uvicorn would also ask it,
    and kill what does not answer: on a busy machine that is a worker which has not come to its
    first line yet.
    """

    def keep_subprocess_alive(self) -> None:
        for at, process in enumerate(self.processes):
            if process.process.is_alive():
                continue
            process.join()
            multiprocess.mark_process_dead(process.pid)  # type: ignore[no-untyped-call]
            if process.exitcode == STARTUP_FAILURE:
                self.should_exit.set()  # another one would fail as this one did
            if self.should_exit.is_set():
                return
            logger.warning("worker %s died, and another takes its place", process.pid)
            self.processes[at] = Process(self.config, self.sockets)
            self.processes[at].start()


@contextmanager
def _counts() -> Iterator[None]:
    before = os.environ.get(COUNTS)
    with TemporaryDirectory(prefix="earmark-counts-") as folder:
        os.environ[COUNTS] = folder
        try:
            yield
        finally:
            del os.environ[COUNTS]
            if before is not None:
                os.environ[COUNTS] = before


async def _beat() -> None:
    """Put off the end of this process again and again; who hangs does not.

    The end comes from a thread of C that needs no interpreter, so that it comes also to who hangs
    in C; it writes to stderr where every thread is.
    """
    try:
        while True:
            faulthandler.dump_traceback_later(HANGING_SECONDS, exit=True)
            await asyncio.sleep(BEAT_SECONDS)
    finally:
        faulthandler.cancel_dump_traceback_later()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
