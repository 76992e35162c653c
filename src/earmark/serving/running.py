"""The service as a process: a socket, uvicorn, and an end that waits for what was begun."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from functools import partial

import uvicorn
from fastapi import FastAPI

from earmark.errors import UsageError
from earmark.serving.app import create_app
from earmark.serving.logs import write_logs
from earmark.serving.protocols import Http, WebSockets
from earmark.serving.settings import ServeSettings
from earmark.serving.v1.stream import LARGEST_MESSAGE
from earmark.serving.workers import run_workers, worker

__all__ = ["configure", "serve"]


def serve(settings: ServeSettings, *, announce: Callable[[str], None] = print) -> None:
    """Serve until Ctrl-C or SIGTERM, and then finish what was begun.

    Parameters
    ----------
    settings : ServeSettings
    announce : callable
        Is told the address, before the models are open.

    Raises
    ------
    ModelError, UsageError
        If there is no such model, or the port cannot be had.
    """
    app = create_app(settings)  # with several workers, only to see that it can be made
    listener = _listen(settings.host, settings.port)
    with listener:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        announce(f"http://{host}:{listener.getsockname()[1]}/")
        write_logs(sys.stderr)
        config = configure(app, settings)
        if config.workers > 1:
            run_workers(config, listener)
        else:
            uvicorn.Server(config).run(sockets=[listener])


def configure(app: FastAPI, settings: ServeSettings) -> uvicorn.Config:
    """Say how uvicorn is to serve: this application, or as many as there are workers."""
    several = settings.workers > 1
    return uvicorn.Config(
        partial(worker, settings) if several else app,
        factory=several,
        workers=settings.workers,
        http=Http,
        ws=WebSockets,
        # A stream's messages are small, and what unpacks while it is read is a bomb's way in.
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=int(settings.request_seconds) + 1,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"port {port} at {host} cannot be had: {reason}; choose another with --port"
        ) from error
    # What is accepted inherits it. Else the body of an answer waits until the client has confirmed
    # its head, for 40 ms: asyncio cares for sockets alone that it made itself.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
