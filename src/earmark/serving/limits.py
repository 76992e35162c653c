"""What a client may send: so many bytes, within so many seconds, counted while they come."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from earmark.serving.errors import ServiceError, answer_error

__all__ = ["BodyLimits"]


class BodyLimits:
    """Refuse bodies that are too large or come too slowly.

    What a header promises is refused at once; what comes is counted, whatever the header says.
    A stream has no body: its route counts its messages (`earmark.serving.v1.stream`).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its body as far as it keeps to the limits."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        settings = scope["app"].state.settings
        promised = Headers(scope=scope).get("content-length", "")
        if promised.isascii() and promised.isdigit() and int(promised) > settings.upload_bytes:
            await answer_error(scope, _too_large(settings.upload_bytes))(scope, receive, send)
            return
        body = _Body(receive, most=settings.upload_bytes, seconds=settings.upload_seconds)
        await self.app(scope, body.receive, send)


class _Body:
    """The body of one request while it comes."""

    def __init__(self, receive: Receive, *, most: int, seconds: float) -> None:
        self._receive = receive
        self._most = most
        self._size = 0
        self._seconds = seconds
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._complete = False

    async def receive(self) -> Message:
        if self._complete:  # what follows is that the client hangs up, which may take its time
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise ServiceError(
                408,
                "upload_too_slow",
                f"the request's body was not here after {self._seconds:g} s",
                headers={"Connection": "close"},
            ) from None
        self._size += len(message.get("body", b""))
        if self._size > self._most:
            raise _too_large(self._most)
        self._complete = not message.get("more_body", False)
        return message


def _too_large(most: int) -> ServiceError:
    # Whoever reads no further has to hang up, as the rest of the body is no next request.
    return ServiceError(
        413,
        "too_large",
        f"the request's body is larger than {most} bytes: send fewer or shorter recordings at once",
        headers={"Connection": "close"},
    )
