"""``/v1/ontology``."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from earmark import ontology


def test_the_whole(client: TestClient) -> None:
    nodes = client.get("/v1/ontology").json()["nodes"]
    assert [node["id"] for node in nodes] == [node.id for node in ontology.nodes()]
    known = {node["id"]: node for node in nodes}
    for node in nodes:
        assert all(node["id"] in known[above]["children"] for above in node["parents"])
        assert all(node["id"] in known[below]["parents"] for below in node["children"])
    assert sum(not node["parents"] for node in nodes) == 7


@pytest.mark.parametrize(
    "name", ["Thunder", "thunder", "/m/0ngt1", "m/0ngt1", "%2Fm%2F0ngt1", " thunder"]
)
def test_one(client: TestClient, name: str) -> None:
    answer = client.get(f"/v1/ontology/{name}")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": "/m/0ngt1",
        "name": "Thunder",
        "index": ontology.find("Thunder").index,
        "abstract": False,
        "parents": ["/m/0jb2l"],
        "children": [],
        "ancestors": [node.id for node in ontology.ancestors("Thunder")],
        "descendants": [],
    }


def test_a_category(client: TestClient) -> None:
    answer = client.get("/v1/ontology/Natural sounds").json()
    assert (answer["index"], answer["parents"]) == (None, [])
    assert "/m/0ngt1" in answer["descendants"]


@pytest.mark.parametrize("name", ["Thundr", "/m/nothing", "%00", "x" * 3000])
def test_what_is_not_there(client: TestClient, name: str) -> None:
    answer = client.get(f"/v1/ontology/{name}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_label")
