"""A server on this machine that answers each request in the mood it is told to be in."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Mood = Callable[["Handler"], None]


@dataclass
class Site:
    """What there is to fetch, how the next requests are answered, and what was asked."""

    body: bytes
    etag: str | None = '"one"'
    modified: str | None = None
    moods: list[Mood] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    @property
    def ranges(self) -> list[str | None]:
        """Which part each request asked for."""
        return [headers.get("Range") for headers in self.asked]


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        self.site.asked.append(dict(self.headers) | {"path": self.path})
        self.close_connection = True
        mood = self.site.moods.pop(0) if self.site.moods else well
        mood(self)

    def start(self, code: int, length: int | None, **headers: str | None) -> None:
        self.send_response(code)
        given = {"ETag": self.site.etag, "Last-Modified": self.site.modified}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in given.items():
            if value is not None:
                self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def rest(self) -> tuple[int, dict[str, str]]:
        """From where on the body is asked for, and the headers that say so."""
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        unchanged = self.headers.get("If-Range") in (None, self.site.etag, self.site.modified)
        if not asked or not unchanged:
            return 0, {}
        start, size = int(asked[1]), len(self.site.body)
        return start, {"Content_Range": f"bytes {start}-{size - 1}/{size}"}

    def log_message(self, *_: object) -> None:
        pass


def well(handler: Handler) -> None:
    """As a good server does."""
    start, headers = handler.rest()
    body = handler.site.body[start:]
    if not body:
        handler.start(416, 0, Content_Range=f"bytes */{start}")
        return
    handler.start(206 if headers else 200, len(body), **headers)
    handler.wfile.write(body)


def breaks(after: int) -> Mood:
    """Hang up after so many bytes of what was asked for."""

    def mood(handler: Handler) -> None:
        start, headers = handler.rest()
        body = handler.site.body[start:]
        handler.start(206 if headers else 200, len(body), **headers)
        handler.wfile.write(body[:after])

    return mood


def stalls(after: int, *, seconds: float = 1.0) -> Mood:
    """Send nothing more for a while after so many bytes."""

    def mood(handler: Handler) -> None:
        start, headers = handler.rest()
        body = handler.site.body[start:]
        handler.start(206 if headers else 200, len(body), **headers)
        handler.wfile.write(body[:after])
        handler.wfile.flush()
        time.sleep(seconds)

    return mood


def drips(handler: Handler) -> None:
    """Send a byte now and then."""
    handler.start(200, len(handler.site.body))
    for place in range(40):
        try:
            handler.wfile.write(handler.site.body[place : place + 1])
        except OSError:
            return
        time.sleep(0.02)


def status(code: int, **headers: str) -> Mood:
    """Answer with a code and nothing of use."""
    return lambda handler: handler.start(code, 0, **headers)


def whole(handler: Handler) -> None:
    """Know nothing of ranges."""
    handler.start(200, len(handler.site.body))
    handler.wfile.write(handler.site.body)


def stubborn(handler: Handler) -> None:
    """Send the rest of whatever there is now, though it was asked for that of another version."""
    del handler.headers["If-Range"]
    well(handler)


def says(body: bytes, code: int = 200, *, chunked: bool = False, **headers: str) -> Mood:
    """Send something else."""

    def mood(handler: Handler) -> None:
        if chunked:
            handler.start(code, None, Transfer_Encoding="chunked", **headers)
            handler.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n")
        else:
            handler.start(code, len(body), **headers)
            handler.wfile.write(body)

    return mood


def endless(handler: Handler) -> None:
    """Send for as long as anybody listens."""
    handler.start(200, None)
    try:
        while True:
            handler.wfile.write(bytes(100_000))
    except OSError:
        pass


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve a site for a while."""
    handler = type("OfThisSite", (Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
