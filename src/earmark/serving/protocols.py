"""HTTP and WebSockets as uvicorn speaks them, with an end to patience.

uvicorn waits as long as a client likes: for the head of a request, and until an answer is read.
Whoever opens connections and says nothing, or asks and does not listen, would hold them for ever.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = ["HEAD_SECONDS", "READ_SECONDS", "Http", "WebSockets"]

HEAD_SECONDS = 20.0
"""How long a request's head may take to come."""
READ_SECONDS = 60.0
"""How long a client may read nothing of what waits for it."""


class _Patience:
    """A timer that hangs up, unless it is stopped before."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def start(self, transport: asyncio.Transport) -> None:
        """Hang up in a while, whatever still waits to be sent; not later if it is running."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._seconds, transport.abort)

    def stop(self) -> None:
        """Do not."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Read(asyncio.Protocol):
    """Hangs up on who does not read; goes before a protocol that has a transport."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._reading = _Patience(READ_SECONDS)
        super().connection_made(transport)

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        self._reading.start(self.transport)
        super().pause_writing()

    def resume_writing(self) -> None:
        """It has read."""
        self._reading.stop()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._reading.stop()
        super().connection_lost(exc)


class Http(_Read, H11Protocol):
    """HTTP/1.1."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        self._head = _Patience(HEAD_SECONDS)
        super().connection_made(transport)
        self._head.start(transport)

    def data_received(self, data: bytes) -> None:
        """Take what came, and see whether a head is still not whole."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._head.start(self.transport)
        else:
            self._head.stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all timers."""
        self._head.stop()
        super().connection_lost(exc)


class WebSockets(_Read, WebSocketsSansIOProtocol):
    """WebSockets, whose own pings end what does not answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, and close with no more patience than all else."""
        self.close_timeout = min(self.close_timeout, READ_SECONDS)
        super().connection_made(transport)
