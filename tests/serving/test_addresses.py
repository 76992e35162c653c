"""Recordings behind addresses: what is fetched, and what is not."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving.web import serving

from earmark.audio import load
from earmark.errors import AudioError
from earmark.serving import addresses
from earmark.serving.addresses import Remote, address, at_hand, is_public
from earmark.serving.errors import ServiceError
from earmark.serving.settings import ServeSettings

PUBLIC = ServeSettings(allow_urls=True, request_seconds=1.0, upload_bytes=2_000_000)
PRIVATE = PUBLIC.model_copy(update={"allow_private": True})
PRIVATE_FORMS = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0177.0.0.1",
    "0x7f000001",
    "0x7f.0.0.1",
    "localhost",
    "LOCALHOST.",
    "0",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[fec0::1]",
    "[ff02::1]",
    "[::127.0.0.1]",
)


@pytest.fixture(scope="module")
def recording(noise: Path) -> bytes:
    return noise.read_bytes()


@pytest.fixture(autouse=True)
def here_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails, no test asks another machine."""

    class Socket(socket.socket):
        def connect(self, where: Any) -> None:
            assert where[0].startswith(("127.", "::1")), where
            super().connect(where)

    monkeypatch.setattr(socket, "socket", Socket)


@pytest.fixture
def web(recording: bytes) -> Iterator[tuple[str, list[str]]]:
    with serving(recording) as found:
        yield found


def fetch(url: str, settings: ServeSettings = PRIVATE) -> bytes:
    with at_hand(address(url, settings), lambda: None) as here, here.open() as file:
        return b"".join(iter(lambda: file.read(1 << 16), b""))


def refused(url: str, settings: ServeSettings = PRIVATE) -> ServiceError:
    with pytest.raises(ServiceError) as error:
        fetch(url, settings)
    return error.value


def test_a_recording_is_fetched(web: tuple[str, list[str]], recording: bytes) -> None:
    assert fetch(f"{web[0]}/a.wav") == recording
    assert fetch(f"{web[0]}/to?/b.wav") == recording
    with at_hand(address(f"{web[0]}/a.wav", PRIVATE), lambda: None) as here:
        assert len(load(here))
    with pytest.raises(AudioError, match="has not been fetched"):
        load(address(f"{web[0]}/a.wav", PRIVATE))


def test_nothing_is_fetched_unless_that_is_allowed(web: tuple[str, list[str]]) -> None:
    assert refused(f"{web[0]}/a.wav", ServeSettings()).code == "urls_not_allowed"
    assert web[1] == []


@pytest.mark.parametrize("host", PRIVATE_FORMS)
def test_addresses_that_are_not_public(host: str, web: tuple[str, list[str]]) -> None:
    port = web[0].rpartition(":")[2]
    error = refused(f"http://{host}:{port}/a.wav", PUBLIC)
    if error.code == "not_fetched":  # a machine without IPv6 may not even read its numbers
        assert "no such server" in error.detail
    else:
        assert (error.status_code, error.code) == (403, "address_refused")
    assert web[1] == []


@pytest.mark.parametrize("number", ["8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8", "2002:808:808::"])
def test_addresses_that_are_public(number: str) -> None:
    assert is_public(number)


@pytest.mark.parametrize(
    "number", ["fe80::1%eth0", "2001:0:7f00:1::", "203.0.113.5", "198.18.0.1", "3fff::1"]
)
def test_more_that_are_not(number: str) -> None:
    assert not is_public(number)


def test_a_redirection_to_what_is_not_public(
    web: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "is_public", lambda number: number == "127.0.0.1")
    port = web[0].rpartition(":")[2]
    assert fetch(f"{web[0]}/to?/a.wav", PUBLIC)
    for host in ("127.0.0.2", "[::1]", "169.254.169.254"):
        error = refused(f"{web[0]}/to?http://{host}:{port}/b.wav", PUBLIC)
        assert error.code in ("address_refused", "not_fetched")
    assert refused(f"{web[0]}/to?http://127.0.0.2:{port}/b.wav", PUBLIC).code == "address_refused"
    assert "/b.wav" not in web[1]


def test_a_name_is_looked_up_once_and_that_address_is_asked(
    monkeypatch: pytest.MonkeyPatch, web: tuple[str, list[str]]
) -> None:
    """A server of names that says first something public, and then this machine."""
    port = int(web[0].rpartition(":")[2])
    answers = ["192.0.2.1", "127.0.0.1", "127.0.0.1"]
    connected: list[Any] = []

    class Socket(socket.socket):
        def connect(self, where: Any) -> None:
            connected.append(where[0])
            if where[0] == "192.0.2.1":
                raise ConnectionRefusedError
            super().connect(where)

    def look_up(host: str, *args: Any, **options: Any) -> list[Any]:
        number = answers.pop(0) if host == "rebinding.example" else host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "socket", Socket)
    monkeypatch.setattr(addresses, "is_public", lambda number: number == "192.0.2.1")
    error = refused(f"http://rebinding.example:{port}/a.wav", PUBLIC)
    assert error.code == "not_fetched"
    assert connected == ["192.0.2.1"]
    assert len(answers) == 2
    assert refused(f"http://rebinding.example:{port}/a.wav", PUBLIC).code == "address_refused"
    assert connected == ["192.0.2.1"]
    assert web[1] == []


def test_one_address_among_many_that_is_not_public_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (n, 9)) for n in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
    assert refused("http://both.example/a.wav", PUBLIC).code == "address_refused"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/a.wav",
        "gopher://127.0.0.1/",
        "data:audio/wav;base64,AAAA",
        "/etc/passwd",
        "-",
        "",
        "http:/127.0.0.1/",
        "http://127.0.0.1/" + "a" * 2000,
    ],
)
def test_what_is_no_address_of_the_web(url: str) -> None:
    error = refused(url)
    assert (error.status_code, error.code) == (422, "not_an_address")


@pytest.mark.parametrize(
    "url", ["http://", "http://[::1", "http://a:port/", "http://\u2100.example/"]
)
def test_what_is_no_proper_address(url: str) -> None:
    assert refused(url).code == "not_fetched"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a.wav", "//"])
def test_redirections_elsewhere(web: tuple[str, list[str]], target: str) -> None:
    assert refused(f"{web[0]}/to?{target}").code == "not_fetched"


def test_redirections_without_end(web: tuple[str, list[str]]) -> None:
    error = refused(f"{web[0]}/to?" + "/to?" * 20 + "/a.wav")
    assert "in circles or too often" in error.detail
    assert len(web[1]) <= 6


def test_a_password_is_sent_and_not_shown(web: tuple[str, list[str]]) -> None:
    host = web[0].removeprefix("http://")
    source = address(f"http://me:secret@{host}/a.wav", PRIVATE)
    assert source.name == f"http://{host}/a.wav"
    assert fetch(f"http://me:secret@{host}/a.wav")
    error = refused(f"http://me:secret@{host}/nothing")
    assert "secret" not in error.detail
    assert "404" in error.detail


@pytest.mark.parametrize("path", ["/huge", "/endless"])
def test_more_than_is_allowed(web: tuple[str, list[str]], path: str) -> None:
    begun = time.monotonic()
    error = refused(web[0] + path)
    assert (error.status_code, error.code) == (413, "too_large")
    assert time.monotonic() - begun < 5


def test_a_promise_that_is_not_kept(web: tuple[str, list[str]], recording: bytes) -> None:
    assert "the connection broke off" in refused(f"{web[0]}/more").detail
    assert fetch(f"{web[0]}/less") == recording[: len(recording) // 2]


@pytest.mark.parametrize("path", ["/slow", "/headers"])
def test_slow_servers(web: tuple[str, list[str]], path: str) -> None:
    begun = time.monotonic()
    assert "too slow" in refused(web[0] + path).detail
    assert time.monotonic() - begun < 4


def test_it_ends_when_nobody_waits(web: tuple[str, list[str]]) -> None:
    calls = iter(range(100))

    def check() -> None:
        if next(calls) == 3:
            raise KeyError("enough")

    origin = address(f"{web[0]}/endless", PRIVATE).origin
    assert isinstance(origin, Remote)
    with pytest.raises(KeyError, match="enough"), origin.fetch("x", check):
        pass


def test_no_proxy_stands_between(
    web: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert fetch(f"{web[0]}/a.wav")
