"""One attempt at fetching the rest of a file: asks for it, and takes in what arrives.

Range requests as in RFC 9110, section 14: a server may send the rest (206), all of it (200), or say
that there is no such rest (416). The rest of another version of the file is of no use, so the
server is told which version we have the beginning of (``If-Range``), and its answer is checked.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import time
import urllib.error
from collections.abc import Callable
from dataclasses import replace
from http.client import HTTPResponse

from earmark.audio.bytestreams import CHUNK
from earmark.audio.limits import Limits
from earmark.audio.urls import make_opener, make_request, why_not
from earmark.errors import ModelError
from earmark.fetching.part import Origin, Part
from earmark.fetching.published import Published
from earmark.fetching.settings import Settings

__all__ = ["BrokenOffError", "Listener", "transfer"]

Listener = Callable[[int, int | None], None]
"""Called with the bytes that are here and the bytes that there are, if that is known."""

ABSENT = (ConnectionRefusedError, socket.gaierror)
"""What one meets where there is no server, or no network."""
PASSING = {408, 425, 429, 500, 502, 503, 504}
"""Answers that may be another one in a while."""


class BrokenOffError(Exception):
    """An attempt failed, and another may not.

    Parameters
    ----------
    reason : str
        Why, for a person.
    after : float
        Seconds that the server asks to be left alone for.
    reached : bool
        Whether there was a server to talk to.
    """

    def __init__(self, reason: str, *, after: float = 0.0, reached: bool = True) -> None:
        super().__init__(reason)
        self.after, self.reached = after, reached


def transfer(
    url: str, part: Part, *, published: Published, settings: Settings, listener: Listener
) -> None:
    """Fetch what is missing of a file.

    Raises
    ------
    BrokenOffError
        If it is not all there yet.
    ModelError
        If trying again will not help.
    """
    if part.origin is not None and part.size == part.origin.total:
        return
    with _ask(url, part, settings=settings) as response:
        _agree(response, url, part, published=published, settings=settings)
        _take_in(response, part, published=published, settings=settings, listener=listener)


def _ask(url: str, part: Part, *, settings: Settings) -> HTTPResponse:
    try:
        request = make_request(url)
    except (ValueError, UnicodeError) as error:
        raise ModelError("that is no proper address: check its spelling") from error
    if part.size:
        request.add_header("Range", f"bytes={part.size}-")
        validator = _validator_of(part, url)
        if validator is not None:
            request.add_header("If-Range", validator)
    limits = Limits(url_seconds=float("inf"))
    try:
        response: HTTPResponse = make_opener(limits).open(request, timeout=settings.stall_seconds)
    except urllib.error.HTTPError as error:
        after = _seconds(error.headers.get("Retry-After"))
        reason = why_not(error)
        if error.code == 416:  # it has no such rest, so what we have is of another file
            part.discard()
            raise BrokenOffError("the server has another version of it now") from error
        if error.code in PASSING:
            raise BrokenOffError(reason, after=after) from error
        raise ModelError(reason) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise ModelError(why_not(error)) from error
        refused = re.fullmatch(r"Tunnel connection failed: (.*)", str(cause))
        if refused:
            raise ModelError(f"the proxy refuses it ({refused[1]}): check HTTPS_PROXY") from error
        raise BrokenOffError(why_not(error), reached=not isinstance(cause, ABSENT)) from error
    return response


def _agree(
    response: HTTPResponse, url: str, part: Part, *, published: Published, settings: Settings
) -> None:
    """See which bytes of what the answer holds, and make the part ready for them."""
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ModelError("the server sends it in a coding that was not asked for")
    origin = Origin(url, validator=_validator(response))
    if response.status == 206:
        start, total = _range(response.headers.get("Content-Range", ""))
        known = _validator_of(part, url)
        if start != part.size or (known is not None and origin.validator not in (None, known)):
            part.discard()
            raise BrokenOffError("the server has another version of it now")
        origin = replace(origin, total=total)
    elif response.status == 200:
        part.discard()
        origin = replace(origin, total=response.length)
    else:
        raise ModelError(f"the server answers {response.status} {response.reason}")
    if origin.total is not None:
        if origin.total != (published.size or origin.total) or origin.total > published.at_most:
            part.discard()
            raise ModelError(
                f"the server offers {origin.total} bytes, and the file that was published has "
                f"{published.size or 'far fewer'}: check the address"
            )
        part.check_room(origin.total - part.size, spare=settings.spare)
    part.note(origin)


def _take_in(
    response: HTTPResponse,
    part: Part,
    *,
    published: Published,
    settings: Settings,
    listener: Listener,
) -> None:
    """Add what arrives to the part, until there is no more."""
    total = part.origin.total if part.origin is not None else None
    listener(part.size, total)
    mark_time, mark_size = time.monotonic(), part.size
    while True:
        try:
            data = response.read1(CHUNK)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise BrokenOffError(why_not(error)) from error
        if not data:
            break
        part.append(data)
        listener(part.size, total)
        if part.size > published.at_most:
            part.discard()
            raise ModelError("the server sends far more than the file that was published has")
        waited = time.monotonic() - mark_time
        if waited > settings.stall_seconds:
            if part.size - mark_size < settings.slowest * waited:
                raise BrokenOffError("the server sends next to nothing")
            mark_time, mark_size = time.monotonic(), part.size
    if total is not None and part.size != total:
        raise BrokenOffError(f"the connection broke off ({part.size} of {total} bytes)")


def _validator_of(part: Part, url: str) -> str | None:
    """What identifies the version that we have the beginning of, to this server."""
    return part.origin.validator if part.origin is not None and part.origin.url == url else None


def _validator(response: HTTPResponse) -> str | None:
    """Return what identifies this version of the file byte for byte: no weak ETag does."""
    tag = response.headers.get("ETag")
    if tag is not None and not tag.startswith("W/"):
        return tag
    return response.headers.get("Last-Modified") if tag is None else None


def _range(text: str) -> tuple[int | None, int | None]:
    """Read ``bytes 100-199/200``: where it begins, and how long the whole is."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", text.strip())
    if found is None:
        return None, None
    return int(found[1]), None if found[2] == "*" else int(found[2])


def _seconds(text: str | None) -> float:
    """Read ``Retry-After``, where it is a number of seconds."""
    return float(text) if text is not None and text.strip().isdecimal() else 0.0
