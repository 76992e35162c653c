"""What a client may send."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from earmark.serving.app import create_app
from earmark.serving.settings import ServeSettings

HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
KIND = {"content-type": "multipart/form-data; boundary=b"}


@pytest.fixture(scope="module")
def small(folder: Path) -> Iterator[TestClient]:
    """A service that takes little, and that soon."""
    settings = ServeSettings(
        models=(str(folder),), jobs=1, upload_bytes=200_000, upload_seconds=0.2, duration_seconds=3
    )
    with TestClient(create_app(settings)) as client:
        yield client


def test_a_body_that_says_it_is_too_large(small: TestClient) -> None:
    answer = small.post("/v1/tag", files={"file": b"x" * 300_000})
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"
    assert answer.json()["error"]["request_id"] == answer.headers["X-Request-ID"]


def test_a_body_that_does_not_say_so(small: TestClient) -> None:
    def body() -> Iterator[bytes]:
        yield HEAD
        for _ in range(30):
            yield b"x" * 10_000

    answer = small.post("/v1/tag", content=body(), headers=KIND)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


def test_a_recording_that_is_too_long(small: TestClient, noise: Path, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(noise.read_bytes()[:190_000])
    answer = small.post("/v1/tag", files={"file": path.read_bytes()})
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_long"


def test_a_body_that_stops_half_way_is_not_waited_for(small: TestClient) -> None:
    sent: list[dict[str, Any]] = []
    pieces = [{"type": "http.request", "body": HEAD, "more_body": True}]
    headers = [(name.encode(), value.encode()) for name, value in KIND.items()]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/tag",
        "raw_path": b"/v1/tag",
        "query_string": b"",
        "headers": headers,
        "http_version": "1.1",
    }

    async def receive() -> dict[str, Any]:
        if not pieces:
            await asyncio.sleep(30)
        return pieces.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(small.app(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 408
    assert b"upload_too_slow" in sent[1]["body"]
