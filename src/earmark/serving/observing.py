"""Seeing how a service does: health, and an id for each request."""

from __future__ import annotations

import re
from uuid import uuid4

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from earmark.serving.errors import ServiceError, error_responses

__all__ = ["Health", "RequestIds", "router"]

HEADER = "X-Request-ID"
HEADED = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})
"""What opens an answer; the last one refuses a stream."""
_PROPER = re.compile(r"[A-Za-z0-9._-]{1,64}")

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """How a service is."""

    status: str


@router.get("/healthz", summary="Whether the process is alive")
async def healthz() -> Health:
    """Answer as long as the process can."""
    return Health(status="ok")


@router.get("/readyz", summary="Whether requests are taken", responses=error_responses(503))
async def readyz(request: Request) -> Health:
    """Answer 503 until the models are open, and again while the service shuts down."""
    if not getattr(request.app.state, "ready", False):
        raise ServiceError(503, "not_ready", "the service is starting or shutting down")
    return Health(status="ok")


class RequestIds:
    """Give each request and stream an id: the client's own if it is proper, else a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its id back with the answer."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if _PROPER.fullmatch(given) else uuid4().hex
        scope["earmark.request_id"] = request_id

        async def with_id(message: Message) -> None:
            if message["type"] in HEADED:
                message.setdefault("headers", [])
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await self.app(scope, receive, with_id)
