"""A web server on this machine that answers well and badly, for what fetches."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server(BaseHTTPRequestHandler):
    """Answers by path; what it was asked is kept."""

    protocol_version = "HTTP/1.1"
    recording = b""
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        path, _, query = self.path.partition("?")
        if path.endswith((".wav", "/my.zip", "/my.tar.gz")):
            self.answer(self.recording)
        elif path == "/to":
            self.answer(b"", code=302, Location=query)
        else:
            getattr(self, f"do_{path[1:]}", self.do_nothing)()

    def answer(
        self, body: bytes, *, code: int = 200, claimed: int | None = None, **headers: str
    ) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if claimed is None else claimed))
        self.end_headers()
        self.wfile.write(body)

    def do_nothing(self) -> None:
        self.answer(b"", code=404)

    def do_huge(self) -> None:
        """Promise more than it sends."""
        self.close_connection = True
        self.answer(self.recording, claimed=10**13)

    def do_more(self) -> None:
        """Promise a little more than it sends."""
        self.close_connection = True
        self.answer(self.recording, claimed=len(self.recording) + 1000)

    def do_less(self) -> None:
        """Send more than it promises."""
        self.close_connection = True
        self.answer(self.recording, claimed=len(self.recording) // 2)

    def do_endless(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        self.repeat(self.recording, seconds=0)

    def do_slow(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        self.repeat(b"x", seconds=0.05)

    def do_headers(self) -> None:
        """Never come to the body."""
        self.close_connection = True
        self.send_response(200)
        self.flush_headers()
        self.repeat(b"X: y\r\n", seconds=0.05)

    def repeat(self, data: bytes, *, seconds: float) -> None:
        end = time.monotonic() + 10
        try:
            while time.monotonic() < end:
                self.wfile.write(data)
                time.sleep(seconds)
        except OSError:
            pass

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving(recording: bytes) -> Iterator[tuple[str, list[str]]]:
    """Serve for the length of a ``with`` block: the address, and the paths that were asked for."""
    asked: list[str] = []
    handler = type("Own", (Server,), {"recording": recording, "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()
