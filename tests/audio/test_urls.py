"""Recordings behind addresses: what servers do, against one on this machine."""

from __future__ import annotations

import base64
import io
import pickle
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from audio.making import Format, encode, melody, pcm, tone, wav

from earmark.audio import Limits, Source, load, stream
from earmark.errors import AudioError

DATA = wav(pcm(melody(2.0, rate=16_000)))
M4A = encode(tone(1.0, rate=44_100), Format("m4a", "aac", "fltp"))
ZIP = io.BytesIO()
with zipfile.ZipFile(ZIP, "w") as _archive:
    _archive.writestr("a.wav", DATA)

BODIES = {
    "/a.wav": DATA,
    "/a%20caf%C3%A9.wav": DATA,
    "/a.m4a": M4A,
    "/page": b"<!doctype html><html><body>Listen here!</body></html>",
    "/a.zip": ZIP.getvalue(),
    "/empty.wav": b"",
}
REDIRECTS = {
    "/moved": "/a.wav",
    "/circle": "/circle",
    "/file": "file:///etc/passwd",
    "/ftp": "ftp://127.0.0.1/a.wav",
    "/strange": "gopher://127.0.0.1/",
}


class Server(BaseHTTPRequestHandler):
    """Answer well and badly."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in BODIES:
            self.answer(BODIES[path])
        elif path in REDIRECTS:
            self.answer(b"", code=302, Location=REDIRECTS[path])
        elif path.startswith("/status/"):
            self.answer(b"no", code=int(path[8:]))
        elif path == "/login":
            expected = "Basic " + base64.b64encode(b"me:pass word").decode()
            right = self.headers["Authorization"] == expected
            self.answer(DATA if right else b"", code=200 if right else 401)
        else:
            getattr(self, f"do_{path[1:]}")()

    def answer(
        self, body: bytes, *, code: int = 200, claimed: int | None = None, **headers: str
    ) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if claimed is None else claimed))
        self.end_headers()
        self.wfile.write(body)

    def do_breaks(self) -> None:
        self.close_connection = True
        self.answer(DATA[:20_000], claimed=len(DATA))

    def do_breaks_late(self) -> None:
        self.close_connection = True
        self.answer(DATA + bytes(500_000), claimed=900_000_000)

    def do_liar(self) -> None:
        self.close_connection = True
        self.answer(DATA, claimed=10**13)

    def do_chunked(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(DATA), 7000):
            piece = DATA[start : start + 7000]
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def do_endless(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        self.wfile.write(wav(claimed=0xFFFFFFFF))
        second = pcm(tone(1.0))
        try:
            while True:
                self.wfile.write(second)
        except OSError:
            pass

    def do_stalls(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        self.wfile.write(DATA[:1000])
        self.wfile.flush()
        time.sleep(1.5)

    def do_silent(self) -> None:
        self.close_connection = True
        time.sleep(1.5)

    def do_drips(self) -> None:
        self.close_connection = True
        try:
            for _ in range(60):
                self.wfile.write(b"H")
                time.sleep(0.05)
        except OSError:
            pass

    def do_drips_body(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        try:
            for place in range(60):
                self.wfile.write(DATA[place : place + 1])
                time.sleep(0.05)
        except OSError:
            pass

    def do_garbage(self) -> None:
        self.close_connection = True
        self.wfile.write(b"this is no HTTP at all\r\n\r\n")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)


def reason(address: str, limits: Limits | None = None) -> str:
    with pytest.raises(AudioError) as caught:
        load(Source.of(address, limits=limits or Limits(url_stall_seconds=0.5)))
    assert "Errno" not in str(caught.value)
    assert caught.value.source == Source.of(address).name
    return caught.value.reason


@pytest.mark.parametrize(
    "path", ["a.wav", "moved", "chunked", "a café.wav", "a%20café.wav", "a.wav?x=ä b#end"]
)
@pytest.mark.parametrize("memory", [0, 2**25])
def test_an_address_reads_like_a_file(base: str, path: str, memory: int) -> None:
    source = Source.of(f"{base}/{path}", limits=Limits(memory_bytes=memory))
    assert source.name == f"{base}/{path}"
    assert np.array_equal(load(source), load(DATA))
    assert np.array_equal(load(source, start=1.25), load(DATA, start=1.25))
    assert np.array_equal(load(pickle.loads(pickle.dumps(source))), load(DATA))


@pytest.mark.parametrize("memory", [0, 2**25])
def test_mp4_with_its_index_at_the_end(base: str, memory: int) -> None:
    limits = Limits(memory_bytes=memory)
    assert np.array_equal(load(Source.of(f"{base}/a.m4a", limits=limits)), load(M4A))


def test_a_login_in_the_address(base: str) -> None:
    address = base.replace("://", "://me:pass%20word@") + "/login"
    assert np.array_equal(load(address), load(DATA))
    assert Source.of(address).name == f"{base}/login"
    assert reason(f"{base}/login") == "the server wants a login: download it first"


def test_an_endless_address_is_read_as_far_as_wanted(base: str) -> None:
    assert len(load(f"{base}/endless", duration=5.0)) == 80_000
    with stream(f"{base}/endless") as blocks:
        assert len(next(blocks)) == 480_000


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("status/404", "the server has nothing there (404): check the address"),
        ("status/403", "the server forbids it: check the address, or download it first"),
        ("status/429", "the server is asked too often (429): try again later"),
        ("status/500", "the server answers 500 Internal Server Error: check the address, or"),
        ("circle", "the server redirects in circles or too often: check the address"),
        ("file", "the server redirects away from the web, which is not followed"),
        ("ftp", "the server redirects away from the web, which is not followed"),
        ("strange", "the server redirects away from the web, which is not followed"),
        ("page", "is a web page, not a recording: look for the address of the sound itself"),
        ("a.zip", "is a zip archive or an office document, not a recording: unpack it"),
        ("empty.wav", "is empty (0 bytes)"),
        ("breaks", "the connection broke off (20000 of 64044 bytes): try again later"),
        ("breaks_late", "the connection broke off (564044 of 900000000 bytes): try again later"),
        ("liar", "is larger than the 4096 MiB allowed: download it first"),
        ("stalls", "the server is too slow: try again later or download it first"),
        ("silent", "the server is too slow: try again later or download it first"),
        ("garbage", "the connection broke off"),
    ],
)
def test_a_server_that_does_not_serve(base: str, path: str, expected: str) -> None:
    assert reason(f"{base}/{path}").startswith(expected)


@pytest.mark.parametrize("path", ["drips", "drips_body"])
def test_a_server_that_drips_for_ever_is_left(base: str, path: str) -> None:
    began = time.monotonic()
    limits = Limits(url_seconds=0.4)
    assert reason(f"{base}/{path}", limits) == (
        "the server is too slow: try again later or download it first"
    )
    assert time.monotonic() - began < 1.5


def test_too_much_is_refused_on_the_way(base: str) -> None:
    limits = Limits(url_bytes=200_000)
    assert (
        reason(f"{base}/endless", limits) == "is larger than the 0 MiB allowed: download it first"
    )


def test_too_many_redirects(base: str) -> None:
    limits = Limits(url_redirects=0)
    assert reason(f"{base}/moved", limits).startswith(
        "the server redirects in circles or too often"
    )


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:9/a.wav", "the server refuses connections: check the address"),
        ("http://no-such-host.invalid/a.wav", "there is no such server: check the address"),
        ("http://", "is no proper address: check its spelling"),
        ("http:///a.wav", "is no proper address: check its spelling"),
        ("http://[::1/a.wav", "is no proper address: check its spelling"),
        ("http://x:port/a.wav", "is no proper address: check its spelling"),
        ("http://127.0.0.1:99999/a.wav", "is no proper address: check its spelling"),
    ],
)
def test_an_address_that_leads_nowhere(address: str, expected: str) -> None:
    assert reason(address).startswith(expected)


def test_an_address_cannot_smuggle_headers(base: str) -> None:
    assert reason(f"{base}/status/404\r\nX-Evil: yes\r\n\r\n")


def test_a_download_is_closed_when_it_is_left(base: str) -> None:
    blocks = stream(f"{base}/endless", block_seconds=1.0)
    next(blocks)
    blocks.close()
    assert list(blocks) == []
