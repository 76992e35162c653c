"""Ids of requests."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient


def test_a_proper_id_is_kept(client: TestClient) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": "a.B-9_z"})
    assert answer.headers["X-Request-ID"] == "a.B-9_z"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\tb", "<script>"])
def test_another_is_replaced(client: TestClient, given: str) -> None:
    first = client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    second = client.get("/healthz").headers["X-Request-ID"]
    assert len(first) == len(second) == 32
    assert first != second
