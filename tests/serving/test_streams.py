"""What stands around requests stands around streams, too: keys, ids, counts."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from earmark.serving.app import create_app
from earmark.serving.settings import ServeSettings

PAGE = "https://example.org"


def with_echo(settings: ServeSettings) -> TestClient:
    """A service that has a stream beside its own."""
    app = create_app(settings)

    @app.websocket("/echo")
    async def echo(stream: WebSocket) -> None:
        await stream.accept()
        await stream.send_text(await stream.receive_text())
        await stream.close(1000)

    return TestClient(app)


@pytest.fixture(scope="module")
def open_to_all(settings: ServeSettings) -> Iterator[TestClient]:
    with with_echo(settings) as client:
        yield client


@pytest.fixture(scope="module")
def guarded(settings: ServeSettings) -> Iterator[TestClient]:
    """A service with a key, for the pages of one site."""
    with with_echo(settings.model_copy(update={"api_keys": ("one",), "cors": (PAGE,)})) as client:
        yield client


def say(client: TestClient, headers: dict[str, str]) -> str:
    with client.websocket_connect("/echo", headers=headers) as stream:
        stream.send_text("hello")
        heard = stream.receive_text()
        assert stream.extra_headers is not None
        names = {name.decode().lower() for name, _ in stream.extra_headers}
        assert "x-request-id" in names
    return heard


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer one"}, {"X-API-Key": "one"}])
def test_a_key_opens_a_stream(guarded: TestClient, headers: dict[str, str]) -> None:
    assert say(guarded, headers) == "hello"


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "on"}, {"Authorization": "Basic one"}])
def test_no_stream_opens_without(guarded: TestClient, headers: dict[str, str]) -> None:
    with pytest.raises(WebSocketDenialResponse) as refused:
        say(guarded, headers)
    assert refused.value.status_code == 401
    assert refused.value.json()["error"]["code"] == "no_key"
    assert refused.value.headers["X-Request-ID"] == refused.value.json()["error"]["request_id"]


def test_pages_of_other_sites_open_no_streams(open_to_all: TestClient, guarded: TestClient) -> None:
    for origin in ("https://evil.example", "null", "http://[", ""):
        with pytest.raises(WebSocketDenialResponse) as refused:
            say(open_to_all, {"Origin": origin})
        assert refused.value.status_code == 403
    assert say(open_to_all, {"Origin": "http://testserver"}) == "hello"
    assert say(guarded, {"Origin": PAGE, "X-API-Key": "one"}) == "hello"


def test_streams_are_counted_and_written(
    settings: ServeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        with_echo(settings) as client,
        caplog.at_level(logging.INFO, "earmark.serving.requests"),
    ):
        with client.websocket_connect("/echo", headers={"X-Request-ID": "mine"}) as stream:
            assert "earmark_streams_open 1.0" in client.get("/metrics").text
            stream.send_text("bye")
            stream.receive_text()
            with pytest.raises(WebSocketDisconnect):
                stream.receive_text()
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/nothing"):
            pass
        text = client.get("/metrics").text
    assert "earmark_streams_open 0.0" in text
    assert 'earmark_requests_total{method="WEBSOCKET",route="/echo",status="101"} 1.0' in text
    assert 'earmark_requests_total{method="WEBSOCKET",route="none",status="403"} 1.0' in text
    assert 'earmark_request_seconds_count{route="/echo"}' not in text
    facts = vars(next(r for r in caplog.records if vars(r)["facts"]["path"] == "/echo"))["facts"]
    assert (facts["request_id"], facts["method"], facts["status"]) == ("mine", "WEBSOCKET", 101)
