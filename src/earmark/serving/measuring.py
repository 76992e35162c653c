"""What is counted and written of every request: Prometheus's metrics and a line of the log.

Each application has a registry of its own, so that two in one process do not add up.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from http import HTTPMethod

from fastapi import APIRouter, Request, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
    multiprocess,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from earmark.serving.engine import Engine

__all__ = ["Measures", "Measuring", "router"]

logger = logging.getLogger("earmark.serving.requests")
METHODS = frozenset(HTTPMethod)
UNWRITTEN = frozenset({"/healthz", "/readyz", "/metrics"})
"""What machines ask every few seconds is written only where it fails: it would hide the rest."""
COUNTS = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which several workers count; Prometheus's client looks there, too."""
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Show all that is counted, as Prometheus reads it."""
    measures = request.app.state.measures
    assert isinstance(measures, Measures)
    text = await asyncio.to_thread(measures.read)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


class Measures:
    """What one application counts.

    One of several workers counts in files that they share, and so tells of all of them.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._shared = multiprocess_counts()
        if not self._shared:
            ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "earmark_requests",
            "Requests that were answered.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "earmark_request_seconds",
            "From a request's head to the end of its answer.",
            ("route",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.streams = Gauge(
            "earmark_streams_open",
            "Streams that are open.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._queue = Gauge(
            "earmark_requests_in_queue",
            "Requests whose recordings wait or are worked on.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def watch(self, engine: Engine) -> None:
        """Show how much waits in an engine."""
        engine.tell(self._queue.set)

    def read(self) -> bytes:
        """Write it all down as Prometheus reads it."""
        registry = self.registry
        if self._shared:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def multiprocess_counts() -> bool:
    """Whether this process counts together with others."""
    return COUNTS in os.environ


class Measuring:
    """Count each request and each stream, and write it to the log.

    A stream's status is 101 once it was accepted. How long streams last tells nothing of how fast
    the service is, so their seconds are not among those of requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and see what comes of it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 0
        streams = scope["app"].state.measures.streams

        async def seen(message: Message) -> None:
            nonlocal status
            match message["type"]:
                case "http.response.start" | "websocket.http.response.start":
                    status = message["status"]
                case "websocket.accept":
                    status = 101
                    streams.inc()
                case "websocket.close" if not status:
                    status = 403
            await send(message)

        try:
            await self.app(scope, receive, seen)
        finally:
            if status == 101:
                streams.dec()
            _measure(scope, status, time.perf_counter() - begun)


def _measure(scope: Scope, status: int, seconds: float) -> None:
    # A client chooses paths and methods, and must not choose how many series there are.
    route = getattr(scope.get("route"), "path", "none")
    asked = scope.get("method", "WEBSOCKET")
    method = asked if asked in METHODS or scope["type"] == "websocket" else "other"
    measures: Measures = scope["app"].state.measures
    measures.requests.labels(route, method, str(status)).inc()
    if scope["type"] == "http":
        measures.seconds.labels(route).observe(seconds)
    quiet = scope["path"] in UNWRITTEN and status < 400
    facts = {
        "request_id": scope.get("earmark.request_id", ""),
        "client": (scope.get("client") or ("", 0))[0],
        "method": asked[:20],
        "path": scope["path"][:200],
        "status": status,
        "seconds": round(seconds, 6),
    }
    logger.log(logging.DEBUG if quiet else logging.INFO, "answered", extra={"facts": facts})
