"""What is counted and written of every request."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from earmark.serving.app import create_app
from earmark.serving.settings import ServeSettings


@pytest.fixture
def fresh(settings: ServeSettings) -> Iterator[TestClient]:
    """A service that nobody has asked anything."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def test_requests_are_counted_by_route_method_and_status(fresh: TestClient) -> None:
    for path in ("/v1/models/placeholder", "/v1/models/a", "/v1/models/b", "/x", "/y"):
        fresh.get(path)
    fresh.request("BREW", "/x")
    answer = fresh.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    counts = sorted(line for line in lines if line.startswith("earmark_requests_total{"))
    assert counts == [
        'earmark_requests_total{method="GET",route="/v1/models/{name}",status="200"} 1.0',
        'earmark_requests_total{method="GET",route="/v1/models/{name}",status="404"} 2.0',
        'earmark_requests_total{method="GET",route="none",status="404"} 2.0',
        'earmark_requests_total{method="other",route="none",status="404"} 1.0',
    ]
    assert 'earmark_request_seconds_count{route="none"} 3.0' in lines
    assert "earmark_requests_in_queue 0.0" in lines
    assert any(line.startswith("process_resident_memory_bytes") for line in lines)


def test_each_is_written_with_its_id_and_probes_only_where_they_fail(
    fresh: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "earmark.serving.requests"):
        fresh.get("/healthz")
        fresh.get("/v1/models", headers={"X-Request-ID": "mine"})
    (record,) = caplog.records
    facts = vars(record)["facts"]
    assert facts.pop("seconds") > 0
    assert facts == {
        "request_id": "mine",
        "client": "testclient",
        "method": "GET",
        "path": "/v1/models",
        "status": 200,
    }


def test_a_refusal_is_counted_too(settings: ServeSettings) -> None:
    guarded = settings.model_copy(update={"api_keys": ("key",)})
    with TestClient(create_app(guarded)) as client:
        assert client.get("/metrics").status_code == 401
        text = client.get("/metrics", headers={"X-API-Key": "key"}).text
    assert 'status="401"} 1.0' in text
