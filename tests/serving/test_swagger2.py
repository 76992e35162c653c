"""MAX's face in Swagger 2."""

from __future__ import annotations

import json
import re

from starlette.testclient import TestClient


def test_it_is_what_clients_look_for(client: TestClient) -> None:
    answer = client.get("/swagger.json").json()
    assert answer["swagger"] == "2.0"
    assert answer["info"] == {
        "title": "MAX Audio Classifier",
        "version": "1.2.0",
        "description": "Identify sounds in short audio clips",
    }
    parameters = answer["paths"]["/model/predict"]["post"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == ["audio", "start_time", "filter"]


def test_every_path_answers_and_every_reference_leads_somewhere(client: TestClient) -> None:
    answer = client.get("/swagger.json").json()
    for path, operations in answer["paths"].items():
        for method in operations:
            assert client.request(method, path).status_code in (200, 400)
    for name in re.findall(r"#/definitions/(\w+)", json.dumps(answer)):
        assert name in answer["definitions"]
