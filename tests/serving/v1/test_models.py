"""``/v1/models`` and ``/v1/labels``."""

from __future__ import annotations

from starlette.testclient import TestClient

from earmark import ontology


def test_models_are_listed_and_described(client: TestClient) -> None:
    (model,) = client.get("/v1/models").json()["models"]
    assert model == {
        "name": "placeholder",
        "version": "1.0",
        "default": True,
        "labels": 527,
        "classifier": "linear",
        "embedder": "placeholder 1",
        "pooling": "mean",
        "calibrated": False,
        "licence": "Apache-2.0",
    }
    assert client.get("/v1/models/placeholder").json() == model


def test_labels_are_in_the_order_of_the_scores(client: TestClient) -> None:
    answer = client.get("/v1/labels", params={"model": "placeholder"}).json()
    assert answer == client.get("/v1/labels").json()
    assert answer["model"] == "placeholder 1.0"
    assert [label["name"] for label in answer["labels"]] == [
        label.name for label in ontology.labels()
    ]
    assert answer["labels"][1]["index"] == 1
