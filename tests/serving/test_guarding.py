"""Who may ask."""

from __future__ import annotations

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
@pytest.mark.parametrize("path", ["/v1/models", "/model/labels", "/openapi.json", "/", "/nothing"])
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
