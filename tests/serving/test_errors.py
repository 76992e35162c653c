"""The one shape of errors."""

from __future__ import annotations

import logging

import pytest
from starlette.testclient import TestClient

from earmark.serving.app import create_app
from earmark.serving.settings import ServeSettings


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/v1/models/nothing", 404, "unknown_model"),
        ("GET", "/v1/labels?model=nothing", 422, "unknown_model"),
        ("POST", "/v1/models", 405, "method_not_allowed"),
    ],
)
def test_each_has_status_code_message_and_id(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path, headers={"X-Request-ID": "mine-1"})
    error = answer.json()["error"]
    assert answer.status_code == status
    assert (error["code"], error["request_id"]) == (code, "mine-1")
    assert error["message"]


def test_a_fault_of_ours_is_logged_and_not_shown(
    settings: ServeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings)

    @app.get("/fault")
    def fault() -> None:
        raise RuntimeError("/etc/secret")

    with caplog.at_level(logging.ERROR, "earmark.serving"):
        answer = TestClient(app, raise_server_exceptions=False).get("/fault")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "secret" not in answer.text
    assert "secret" in caplog.text
    assert answer.json()["error"]["request_id"] in caplog.text
