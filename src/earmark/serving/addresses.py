"""Recordings behind addresses that a client names: fetched from public servers, and no others.

Whoever asks a service to fetch could have it ask what only the service reaches: the machine itself,
its network, its cloud. So a host's name is looked up once, every address that comes of it must be
public, and the connection is made to the very address that was looked at, whatever the name means
a moment later. Redirections are connections like any other and go the same way.
"""

from __future__ import annotations

import http.client
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from earmark.audio import Limits, Source
from earmark.audio.bytestreams import CHUNK, ByteStream
from earmark.audio.formats import archive_kind
from earmark.audio.sources import is_url, printable
from earmark.audio.urls import Address, Download, make_opener, make_request, why_not
from earmark.errors import AudioError
from earmark.serving.errors import ServiceError
from earmark.serving.settings import ServeSettings
from earmark.serving.uploads import source_of

__all__ = ["LONGEST", "Remote", "address", "at_hand", "is_public", "may_be_one"]

LONGEST = 2000
STALL_SECONDS = 10.0
IN_MEMORY = 2**20
TRANSLATED = ip_network("64:ff9b::/96")  # NAT64 (RFC 6052): the last four bytes are IPv4
REFUSED = tuple(map(ip_network, ("168.63.129.16/32", "192.0.0.0/24", "2001::/23", "3fff::/20")))
"""Public by their numbers, and yet not: the inside of two clouds, IETF's networks, examples."""
UNICAST = ip_network("2000::/3")
"""What IPv6 has given out so far; the rest is for other things."""

Check = Callable[[], None]


class _NotPublicError(OSError):
    """A host that is not for clients to ask."""


@dataclass(frozen=True)
class Remote:
    """Where a recording comes from that is to be fetched, as a `Source`'s origin."""

    url: str
    limits: Limits
    allow_private: bool

    @classmethod
    def within(cls, url: str, *, most: int, seconds: float, allow_private: bool) -> Remote:
        """Make one that fetches so many bytes at most, within so many seconds."""
        limits = Limits(
            url_bytes=most, url_seconds=seconds, url_stall_seconds=min(STALL_SECONDS, seconds)
        )
        return cls(url, limits, allow_private)

    def open(self, name: str, /) -> AbstractContextManager[ByteStream]:
        """Refuse: it is fetched first, by `fetch`."""
        raise AudioError(name, "has not been fetched")

    @property
    def archive_kind(self) -> str | None:
        """Of which kind an archive is behind the address, by its name; None if it is none."""
        return archive_kind(urlsplit(self.url).path)

    @contextmanager
    def download(self, name: str, check: Check) -> Iterator[BinaryIO]:
        """Fetch it into an unnamed temporary file, for the length of a ``with`` block.

        Parameters
        ----------
        name : str
            What to call it.
        check : callable
            Is called again and again, and may raise to end it.

        Raises
        ------
        ServiceError
            If it leads where it may not, cannot be had, or is too large.
        """
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as spooled:
            file = cast(BinaryIO, spooled)
            try:
                self._copy(name, file, check)
            except AudioError as error:
                raise ServiceError(422, "not_fetched", str(error)) from error
            yield file

    @contextmanager
    def fetch(self, name: str, check: Check) -> Iterator[Source]:
        """Fetch a recording or an archive, as `download` does."""
        with self.download(name, check) as file:
            yield source_of(file, name=name, kind=self.archive_kind)

    def _copy(self, name: str, file: BinaryIO, check: Check) -> None:
        check()
        opener = make_opener(self.limits, dial=self._dial)
        try:
            request = make_request(self.url)
        except (ValueError, UnicodeError) as error:
            raise AudioError(name, "is no proper address: check its spelling") from error
        try:
            response = opener.open(request, timeout=self.limits.url_stall_seconds)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if isinstance(_cause(error), _NotPublicError):
                raise _refusal(name) from error
            raise AudioError(name, why_not(error)) from error
        size = response.length or 0
        roomy = replace(self.limits, url_bytes=self.limits.url_bytes + CHUNK)
        with closing(response):
            if size > self.limits.url_bytes:
                raise _too_large(name, self.limits.url_bytes)
            download = Download(response, name=name, limits=roomy)
            size = 0
            while data := download.read(CHUNK):
                check()
                size += file.write(data)
                if size > self.limits.url_bytes:
                    raise _too_large(name, self.limits.url_bytes)
        file.seek(0)

    def _dial(self, host: str, port: int, seconds: float) -> socket.socket:
        """Connect to a host that may be asked, at the address that was looked at."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        if not self.allow_private and not all(is_public(str(info[4][0])) for info in found):
            raise _NotPublicError
        failure: OSError = OSError("it has no address")
        for family, kind, protocol, _, where in found:
            made = socket.socket(family, kind, protocol)
            try:
                made.settimeout(seconds)
                made.connect(where)  # a number by now: no name is looked up again
                return made
            except OSError as error:
                made.close()
                failure = error
        raise failure


def address(url: str, settings: ServeSettings) -> Source:
    """Make a source of an address that a client names; nothing is asked yet.

    Raises
    ------
    ServiceError
        If the service fetches nothing, or it is no address of the web.
    """
    if not settings.allow_urls:
        raise ServiceError(
            403, "urls_not_allowed", "this service fetches nothing: send the recording itself"
        )
    if not may_be_one(url):
        raise ServiceError(
            422,
            "not_an_address",
            f"{printable(url)[:100]}: only http and https addresses of up to {LONGEST} characters "
            "are fetched",
        )
    remote = Remote.within(
        url,
        most=settings.upload_bytes,
        seconds=settings.request_seconds,
        allow_private=settings.allow_private,
    )
    return Source(printable(Address(url, remote.limits).shown), remote)


def may_be_one(url: str) -> bool:
    """Whether a text looks like an address of the web, and is not too long for one."""
    return is_url(url) and len(url) <= LONGEST


def at_hand(source: Source, check: Check) -> AbstractContextManager[Source]:
    """Have a source's bytes here for the length of a ``with`` block: fetch it if it is remote."""
    origin = source.origin
    return origin.fetch(source.name, check) if isinstance(origin, Remote) else nullcontext(source)


def is_public(number: str) -> bool:
    """Whether an IP address is one of the public internet's, also where it holds another in it.

    Parameters
    ----------
    number : str
        As ``getaddrinfo`` writes it, with a zone or without.
    """
    found = ip_address(number)
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or _translated(found)
        if inner is not None:
            return is_public(str(inner))
        if found not in UNICAST:
            return False
    refused = found.is_multicast or any(found in network for network in REFUSED)
    return found.is_global and not refused


def _translated(found: IPv6Address) -> IPv4Address | None:
    return IPv4Address(found.packed[-4:]) if found in TRANSLATED else None


def _cause(error: BaseException) -> BaseException:
    """What urllib wrapped."""
    reason = getattr(error, "reason", None)
    return _cause(reason) if isinstance(reason, BaseException) else error


def _too_large(name: str, most: int) -> ServiceError:
    return ServiceError(413, "too_large", f"{name}: is larger than {most} bytes: send a part of it")


def _refusal(name: str) -> ServiceError:
    # The same words for whatever there is: the answer tells nothing of what the network is like.
    return ServiceError(
        403,
        "address_refused",
        f"{name}: leads to an address that is not public, and only public ones are fetched here",
    )
