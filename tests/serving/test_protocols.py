"""Clients that take their time, over real connections."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving.threads import Running
from websockets.sync.client import connect

from earmark.serving import protocols
from earmark.serving.settings import ServeSettings

SOON = 40.0
"""Seconds; everything here should end well within, also on a busy machine."""
TAG = b"POST /v1/tag HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
UPGRADE = (
    b"GET /v1/stream HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Running]:
    """A service with little patience."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocols, "HEAD_SECONDS", 0.5)
        patch.setattr(protocols, "READ_SECONDS", 0.5)
        service = Running(
            ServeSettings(
                models=(str(folder),),
                jobs=2,
                upload_seconds=3.0,
                upload_bytes=20_000_000,
                stream_idle_seconds=1.0,
            )
        )
        yield service
        service.stop()


@pytest.fixture(autouse=True)
def goes_on(running: Running) -> Iterator[None]:
    """Whatever one client does, the next is answered and nothing is left."""
    yield
    status, _, _ = ask(running, b"GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert status == 200
    wait_for(lambda: running.app.state.engine.requests == 0)
    wait_for(lambda: not running.server.server_state.connections)


def connected(running: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", running.port), timeout=SOON)


def ask(running: Running, *pieces: bytes) -> tuple[int, dict[str, str], bytes]:
    with connected(running) as client:
        for piece in pieces:
            client.sendall(piece)
        return answer(client)


def answer(client: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """All that comes until the service hangs up: status, headers, body."""
    data = b""
    try:
        while piece := client.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return (int(first.split()[1]) if first else 0), headers, body


def frame(kind: int, data: bytes) -> bytes:
    """A frame of a WebSocket as clients send it, its mask all zeros."""
    return bytes([0x80 | kind, 0xFF]) + len(data).to_bytes(8, "big") + bytes(4) + data


def wait_for(what: Any) -> None:
    end = time.monotonic() + SOON
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    "said", [b"", b"GET", b"GET / HTTP/1.1\r\nHost: a\r\n", b"POST /v1/tag HTTP/1.1\r\nX: y"]
)
def test_a_head_that_is_never_whole(running: Running, said: bytes) -> None:
    begun = time.monotonic()
    status, _, _ = ask(running, said)
    assert status == 0
    assert 0.3 < time.monotonic() - begun < SOON


def test_a_head_that_drips(running: Running) -> None:
    begun = time.monotonic()
    with connected(running) as client:
        try:
            for letter in b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: " + b"x" * 200:
                client.send(bytes([letter]))
                time.sleep(0.05)
        except OSError:
            pass
        assert time.monotonic() - begun < 9


def test_a_second_head_that_drips(running: Running) -> None:
    with connected(running) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        said = b""
        while not said.endswith(b"}"):
            said += client.recv(4096)
        client.sendall(b"GET /healthz HT")
        assert answer(client)[0] == 0


def test_heads_that_are_none(running: Running) -> None:
    for said in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: " + b"x" * 200_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    ):
        assert ask(running, said)[0] in (0, 400, 501), said[:100]


def test_a_body_that_stops_half_way(running: Running) -> None:
    for length in (
        b"Content-Length: 100000\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n--\r\n",
    ):
        status, headers, body = ask(running, TAG + length + PART)
        if length.endswith(b"--\r\n"):
            assert status in (400, 408)
            continue
        assert status == 408
        assert headers["connection"] == "close"
        assert json.loads(body)["error"]["code"] == "upload_too_slow"


def test_a_client_that_hangs_up_while_it_sends(running: Running) -> None:
    for _ in range(5):
        with connected(running) as client:
            client.sendall(TAG + b"Content-Length: 100000\r\n\r\n" + PART + bytes(1000))
            # Hang up with a reset, as a process that is killed may.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_headers_that_lie_about_the_length(running: Running, noise: Path) -> None:
    body = PART + noise.read_bytes() + b"\r\n--b--\r\n"
    status, _, _ = ask(running, TAG, b"Content-Length: %d\r\n\r\n" % 10**15)
    assert status == 413
    # Less than comes: what is left over is no request.
    short = b"Content-Length: %d\r\n\r\n" % (len(body) // 2)
    status, _, said = ask(running, TAG, b"Connection: close\r\n", short, body)
    assert status in (0, 200, 400, 408, 422), said
    # More than comes.
    long = b"Content-Length: %d\r\n\r\n" % (len(body) + 10)
    assert ask(running, TAG, long, body)[0] == 408


def test_a_client_that_does_not_read(running: Running, noise: Path) -> None:
    """A large answer, to nobody who listens."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(SOON)
        client.connect(("127.0.0.1", running.port))
        wanted = b"GET /page/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n"
        client.sendall(wanted * 10)  # more than the buffers between us hold
        wait_for(lambda: not running.server.server_state.connections)


def test_a_client_that_hangs_up_while_we_work(running: Running, noise: Path) -> None:
    parts = (PART + noise.read_bytes() + b"\r\n") * 16 + b"--b--\r\n"
    client = connected(running)
    client.sendall(TAG + b"Content-Length: %d\r\n\r\n" % len(parts) + parts)
    wait_for(lambda: running.app.state.engine.requests == 1)
    client.close()
    wait_for(lambda: running.app.state.engine.requests == 0)


def test_a_stream_that_nobody_reads(running: Running) -> None:
    """Megabytes of answers, to nobody who listens."""
    settings = json.dumps({"format": "s16le", "sample_rate": 8000, "top_k": 527}).encode()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(SOON)
        client.connect(("127.0.0.1", running.port))
        client.sendall(UPGRADE + frame(1, settings))
        with contextlib.suppress(OSError):
            for _ in range(200):
                client.sendall(frame(2, bytes(160_000)))
        wait_for(lambda: running.app.state.streams._open == 0)


def test_a_stream_over_a_real_connection(running: Running, noise: Path) -> None:
    data = noise.read_bytes()[44:]
    with connect(f"ws://127.0.0.1:{running.port}/v1/stream") as stream:
        stream.send(json.dumps({"format": "s16le", "sample_rate": 16000}))
        for start in range(0, len(data), 16_000):
            stream.send(data[start : start + 16_000])
        stream.send('{"type": "end"}')
        messages = [json.loads(message) for message in stream]
    assert [message["type"] for message in messages] == ["ready", *["tags"] * 24, "done"]
    assert stream.close_code == 1000


def test_a_stream_whose_client_is_gone_without_a_word(running: Running) -> None:
    with connected(running) as client:
        client.sendall(UPGRADE)
        assert client.recv(4096).startswith(b"HTTP/1.1 101")
        assert running.app.state.streams._open == 1
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wait_for(lambda: running.app.state.streams._open == 0)


def test_frames_that_are_none(running: Running) -> None:
    for damaged in (
        b"\xff" * 100,
        b"\x82\xff" + b"\xff" * 20,
        b"\x82\x7f" + bytes([0, 0, 0, 9]) * 9,
    ):
        with connected(running) as client:
            client.sendall(UPGRADE + damaged)
            answer(client)
    wait_for(lambda: running.app.state.streams._open == 0)
