"""docs/deploying.md names what is there: settings, metrics, files."""

from __future__ import annotations

import re

from conftest import ROOT
from starlette.testclient import TestClient

from earmark.serving.settings import PREFIX, ServeSettings

PAGE = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")


def test_settings() -> None:
    named = set(re.findall(rf"{PREFIX}([A-Z_]*[A-Z])", PAGE))
    assert {name.lower() for name in named} <= set(ServeSettings.model_fields)
    assert {"API_KEYS", "JOBS", "QUEUE"} <= named


def test_metrics(client: TestClient) -> None:
    client.get("/v1/models")
    known = client.get("/metrics").text
    for name in set(re.findall(r"\b(?:earmark|process)_[a-z_]+(?=[\[{`])", PAGE)):
        assert re.search(rf"^{name}\b", known, re.MULTILINE), name


def test_files() -> None:
    for name in set(re.findall(r"(?:tests/)?\bdeploy/[\w./-]*\w", PAGE)):
        assert (ROOT / name).exists(), name
    for path in (ROOT / "deploy" / "kubernetes").iterdir():
        assert f"`{path.name}`" in PAGE or f"/{path.name}`" in PAGE
