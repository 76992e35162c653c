"""The socket that the service listens at; the rest of it runs in tests of the command."""

from __future__ import annotations

import socket

from earmark.serving.running import _listen


def test_answers_are_not_held_back() -> None:
    with (
        _listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
