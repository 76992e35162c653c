"""Who may ask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from earmark.serving.app import create_app
from earmark.serving.guarding import keys_match
from earmark.serving.settings import ServeSettings

PAGE = "https://example.org"


@pytest.fixture(scope="module")
def guarded(folder: Path) -> Iterator[TestClient]:
    """A service with two keys, for the pages of one site."""
    settings = ServeSettings(models=(str(folder),), api_keys=("one", "two-2"), cors=(PAGE,))
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer one"},
        {"authorization": "bearer one"},
        {"X-API-Key": "one"},
    ],
)
def test_a_key_opens(guarded: TestClient, headers: dict[str, str]) -> None:
    assert guarded.get("/v1/models", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer two-"},
        {"Authorization": "Basic one"},
        {"Authorization": "one"},
        {"X-API-Key": ""},
        {"X-API-Key": "on"},
    ],
)
@pytest.mark.parametrize("path", ["/v1/models", "/model/labels", "/metrics", "/nothing", "/pages"])
def test_nothing_opens_without(guarded: TestClient, path: str, headers: dict[str, str]) -> None:
    answer = guarded.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["X-Request-ID"]
    if path.startswith("/v1"):
        assert answer.json()["error"]["code"] == "no_key"


def test_probes_need_no_key(guarded: TestClient) -> None:
    assert guarded.get("/healthz").status_code == 200
    assert guarded.get("/readyz").status_code == 200


def test_the_page_needs_no_key_and_asks_for_one(client: TestClient, guarded: TestClient) -> None:
    page = guarded.get("/").text
    for name in re.findall(r"page/[a-z0-9.-]+", page):
        assert guarded.get(f"/{name}").status_code == 200
    described = guarded.get("/openapi.json").json()
    schemes = described["components"]["securitySchemes"]
    assert schemes["bearer"] == {"type": "http", "scheme": "bearer"}
    assert schemes["key"] == {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    assert described["security"] == [{"bearer": []}, {"key": []}]  # one of them is enough
    free = [
        path
        for path, methods in described["paths"].items()
        for operation in methods.values()
        if operation.get("security") == []
    ]
    assert sorted(free) == ["/healthz", "/readyz"]
    assert "security" not in client.get("/openapi.json").json()


def test_keys_are_compared_whole() -> None:
    assert keys_match("two-2", ("one", "two-2"))
    assert not any(keys_match(given, ("one",)) for given in ("", "on", "onee", "ONE"))
    assert not keys_match("", ())


def test_pages_of_other_sites_may_not_read_answers(client: TestClient, guarded: TestClient) -> None:
    asked = {"Origin": PAGE, "X-API-Key": "one"}
    assert "access-control-allow-origin" not in client.get("/v1/models", headers=asked).headers
    answer = guarded.get("/v1/models", headers=asked)
    assert answer.headers["access-control-allow-origin"] == PAGE
    other = guarded.get("/v1/models", headers=asked | {"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
    asks_first = guarded.options(
        "/v1/tag",
        headers={
            "Origin": PAGE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-api-key",
        },
    )
    assert asks_first.status_code == 200
