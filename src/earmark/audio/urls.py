"""Recordings behind http and https addresses, with bounds on size, time and redirections."""

from __future__ import annotations

import base64
import http.client
import io
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import IO, Any, cast
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from earmark.audio.bytestreams import CHUNK, ByteStream, Forward
from earmark.audio.limits import Limits
from earmark.errors import AudioError

__all__ = ["Address", "Download", "make_opener", "make_request", "why_not"]

SAFE = "%/:=&?~#+!$,;'@()*[]-._"
AGAIN = "try again later"
ELSEWHERE = "the server redirects away from the web, which is not followed: check the address"
CIRCLES = "the server redirects in circles or too often: check the address"
SLOW = "the server is too slow: try again later or download it first"

Dial = Callable[[str, int, float], socket.socket]

STATUS = {
    401: "the server wants a login: download it first",
    403: "the server forbids it: check the address, or download it first",
    404: "the server has nothing there (404): check the address",
    410: "the server has nothing there any more (410): check the address",
    429: f"the server is asked too often (429): {AGAIN}",
}


@dataclass(frozen=True)
class Address:
    """An http or https address."""

    url: str
    limits: Limits

    @property
    def shown(self) -> str:
        """The address without a password."""
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return self.url
        if "@" not in parts.netloc:
            return self.url
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

    def open(self, name: str, /) -> AbstractContextManager[ByteStream]:
        """Ask for it; hold it in memory where it is small, else go through it as it arrives."""
        try:
            request = make_request(self.url)
        except (ValueError, UnicodeError) as error:
            raise AudioError(name, "is no proper address: check its spelling") from error
        try:
            response = make_opener(self.limits).open(request, timeout=self.limits.url_stall_seconds)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise AudioError(name, why_not(error)) from error
        download = Download(response, name=name, limits=self.limits)
        if download.stated is None or download.stated > self.limits.memory_bytes:
            return download
        with download:
            return io.BytesIO(b"".join(iter(lambda: download.read(CHUNK), b"")))


class Download(Forward):
    """The body of a response, as it arrives."""

    def __init__(self, response: HTTPResponse, *, name: str, limits: Limits) -> None:
        self.response, self.name, self.limits = response, name, limits
        self.stated = response.length  # None where the server does not say
        self.done = 0
        if self.stated is not None and self.stated > limits.url_bytes:
            response.close()
            raise self._too_large()

    def read(self, size: int, /) -> bytes:
        """Return what has arrived, at most ``size`` bytes; none at the end."""
        try:
            data = self.response.read1(size)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise AudioError(self.name, why_not(error)) from error
        self.done += len(data)
        if self.done > self.limits.url_bytes:
            raise self._too_large()
        if not data and self.stated is not None and self.done < self.stated:
            raise AudioError(self.name, _broken(f"{self.done} of {self.stated} bytes"))
        return data

    def close(self) -> None:
        """Hang up."""
        self.response.close()

    def _too_large(self) -> AudioError:
        most = self.limits.url_bytes / 2**20
        return AudioError(
            self.name, f"is larger than the {most:.0f} MiB allowed: download it first"
        )


class Waiting(io.RawIOBase):
    """A connection's bytes, with one budget of seconds for all waits together.

    A time limit for each wait alone would let a server send a byte now and then for ever.
    """

    def __init__(self, raw: io.RawIOBase, seconds: float) -> None:
        self.raw, self.left = raw, seconds

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        """Read what comes next."""
        began = time.monotonic()
        count = self.raw.readinto(buffer)
        self.left -= time.monotonic() - began
        if self.left < 0:
            raise TimeoutError
        return count

    def close(self) -> None:
        """Close the connection."""
        self.raw.close()
        super().close()


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a few redirections, to http and https only."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Refuse what is not http or https, to which urllib adds ftp, and one too many."""
        followed = len(getattr(req, "redirect_dict", ()))
        on_the_web = newurl.lower().startswith(("http://", "https://"))
        if not on_the_web or followed >= self.max_redirections:
            fp.close()
            raise urllib.error.URLError(CIRCLES if on_the_web else ELSEWHERE)
        return super().redirect_request(req, fp, code, msg, cast(Any, headers), newurl)


def make_opener(limits: Limits, *, dial: Dial | None = None) -> urllib.request.OpenerDirector:
    """Return an opener that knows http and https and nothing else: no file, ftp or data.

    Parameters
    ----------
    limits : Limits
    dial : callable, optional
        Makes every connection, those of redirections too, from host, port and seconds to wait; then
        no proxy stands between.
    """

    class Response(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
            super().__init__(sock, *args, **options)
            raw = self.fp.detach()
            self.fp = io.BufferedReader(Waiting(raw, limits.url_seconds))

    class Plain(HTTPConnection):
        response_class = Response

        def connect(self) -> None:
            if dial is None:
                super().connect()
            else:
                self.sock = dial(self.host, self.port, limits.url_stall_seconds)

    class Secure(HTTPSConnection):
        response_class = Response

        def connect(self) -> None:
            if dial is None:
                super().connect()
                return
            raw = dial(self.host, self.port, limits.url_stall_seconds)
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(raw, server_hostname=self.host)

    class Handler(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> HTTPResponse:
            return self.do_open(Plain, req)

    class SecureHandler(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> HTTPResponse:
            context = ssl.create_default_context()
            return self.do_open(Secure, req, context=context)

    redirects = Redirects()
    redirects.max_redirections = limits.url_redirects  # type: ignore[misc]
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(None if dial is None else {}),
        Handler(),
        SecureHandler(),
        redirects,
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def make_request(url: str) -> urllib.request.Request:
    """Return a request for an address as people write it: with spaces, accents, a password."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError(url)
    host = parts.hostname if ":" not in parts.hostname else f"[{parts.hostname}]"
    if not host.isascii():
        host = host.encode("idna").decode()
    netloc = host if parts.port is None else f"{host}:{parts.port}"
    plain = parts._replace(
        netloc=netloc, path=quote(parts.path, SAFE), query=quote(parts.query, SAFE), fragment=""
    )
    request = urllib.request.Request(urlunsplit(plain))
    request.add_header("User-Agent", "earmark")
    request.add_header("Accept-Encoding", "identity")
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        # Unredirected: the password is for this server and for no other.
        request.add_unredirected_header(
            "Authorization", f"Basic {base64.b64encode(login).decode()}"
        )
    return request


def why_not(error: Exception) -> str:
    """Say why an address could not be read, in words that suggest what to do."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        if error.code in STATUS:
            return STATUS[error.code]
        if 300 <= error.code < 400:
            if "not allowed" in str(error.reason):  # urllib's word for file: and the like
                return ELSEWHERE
            return CIRCLES
        return f"the server answers {error.code} {error.reason}: check the address, or {AGAIN}"
    if isinstance(error, urllib.error.URLError):
        if isinstance(error.reason, Exception):
            return why_not(error.reason)
        return str(error.reason)
    if isinstance(error, TimeoutError):
        return SLOW
    if isinstance(error, socket.gaierror):
        return "there is no such server: check the address and the network"
    if isinstance(error, ssl.SSLError):
        return f"the server cannot be trusted ({error.reason}): check the address"
    if isinstance(error, ConnectionRefusedError):
        return f"the server refuses connections: check the address, or {AGAIN}"
    return _broken(str(error) or type(error).__name__)


def _broken(what: str) -> str:
    return f"the connection broke off ({what}): {AGAIN}"
