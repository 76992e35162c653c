"""The application as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from earmark.errors import ModelError
from earmark.serving.app import create_app
from earmark.serving.settings import ServeSettings


def test_it_is_ready_while_it_runs_and_alive_before(settings: ServeSettings) -> None:
    app = create_app(settings)
    before = TestClient(app)
    assert before.get("/healthz").json() == {"status": "ok"}
    assert before.get("/readyz").status_code == 503
    assert before.get("/v1/models").json()["error"]["code"] == "not_ready"
    with TestClient(app) as client:
        assert client.get("/readyz").json() == {"status": "ok"}
    assert before.get("/readyz").status_code == 503


def test_the_root_shows_the_interactive_description(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "openapi.json" in page.text
    assert client.get("/openapi.json").json()["openapi"].startswith("3.")


def test_the_description_is_there_before_anybody_asks(settings: ServeSettings) -> None:
    app = create_app(settings)
    with TestClient(app):
        assert app.openapi_schema is not None


def test_a_model_that_is_not_there_is_refused_before_it_starts(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no tagger"):
        create_app(ServeSettings(models=(str(tmp_path / "gone"),)))
