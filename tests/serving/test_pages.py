"""The interactive page."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient


def test_all_that_it_loads_is_here(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    loaded = re.findall(r"(?:href|src)=\"([^\"]+)\"|url: '([^']+)'", page.text)
    names = [one or other for one, other in loaded]
    assert len(names) == 4
    for name in names:
        assert "//" not in name
        assert not name.startswith("/")
        assert client.get(f"/{name}").status_code == 200
    assert "http" not in re.sub(r"<!--.*?-->", "", page.text)


def test_a_browser_is_told_to_load_nothing_else(client: TestClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


@pytest.mark.parametrize(
    ("name", "kind"),
    [("swagger-ui-bundle.js", "text/javascript"), ("swagger-ui.css", "text/css")],
)
def test_parts_are_what_they_say(client: TestClient, name: str, kind: str) -> None:
    part = client.get(f"/page/{name}")
    assert part.headers["content-type"].startswith(kind)
    assert len(part.content) > 50_000
    # Of what it may name, it loads nothing by itself.
    assert not re.search(rb"@import|url\(['\"]?http", part.content)


@pytest.mark.parametrize("name", ["nothing", "..%2Fmain.py", "__init__.py"])
def test_there_is_nothing_else(client: TestClient, name: str) -> None:
    assert client.get(f"/page/{name}").status_code == 404
