"""``/v1/tag``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from earmark.tagging import Tag, Tagger


def post(client: TestClient, *paths: Path, **params: Any) -> Any:
    files = [("file", (path.name, path.read_bytes())) for path in paths]
    return client.post("/v1/tag", files=files, params=params)


def as_json(tag: Tag) -> dict[str, object]:
    return {"id": tag.id, "label": tag.label, "score": tag.score, "probability": None}


def test_tags_are_those_of_the_tagger(client: TestClient, tagger: Tagger, noise: Path) -> None:
    answer = post(client, noise)
    assert answer.status_code == 200
    expected = tagger.annotate(noise)
    assert answer.json() == {
        "model": "placeholder 1.0",
        "results": [
            {
                "status": "ok",
                "source": "noise.wav",
                "duration": expected.duration,
                "tags": [as_json(tag) for tag in expected.tags],
                "events": None,
                "notes": [],
            }
        ],
    }


def test_every_option_reaches_the_tagger(client: TestClient, tagger: Tagger, noise: Path) -> None:
    names = ["Speech", "Music", "/m/0ngt1"]
    options: dict[str, Any] = {
        "top_k": 2,
        "threshold": 0.01,
        "labels": names,
        "start": 4.8,
        "pooling": "max",
        "short": "pad",
    }
    (result,) = post(client, noise, **options).json()["results"]
    assert result["tags"] == [as_json(tag) for tag in tagger.tag(noise, **options)]


def test_events(client: TestClient, tagger: Tagger, noise: Path) -> None:
    (result,) = post(client, noise, events=True, event_threshold=0.6).json()["results"]
    expected = tagger.events(noise, threshold=0.6)
    assert [(event["id"], event["start"], event["end"]) for event in result["events"]] == [
        (event.id, event.start, event.end) for event in expected
    ]
    assert expected


def test_several_at_once_and_one_that_cannot_be_read(
    client: TestClient, noise: Path, tmp_path: Path
) -> None:
    text = tmp_path / "text.wav"
    text.write_text("no sound " * 100)
    answer = post(client, noise, text, noise)
    assert answer.status_code == 200
    first, second, third = answer.json()["results"]
    assert first == third
    assert first["status"] == "ok"
    assert (second["status"], second["source"], second["code"]) == (
        "error",
        "text.wav",
        "not_sound",
    )


def test_one_that_is_no_sound_is_415(client: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    for data in (b"", b"no sound " * 100):
        path.write_bytes(data)
        answer = post(client, path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "not_sound")
        assert answer.json()["error"]["message"].startswith("empty.wav: ")


def test_a_start_beyond_the_end_is_422(client: TestClient, noise: Path) -> None:
    answer = post(client, noise, start=60)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unreadable")
    assert "before the start" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"top_k": 0}, "top_k: Input should be greater than or equal to 1"),
        ({"start": "inf"}, "start: "),
        ({"start": 3601}, "start: no recording here is longer than 3600 s"),
        ({"pooling": "median"}, "pooling: "),
        ({"threshold": 2}, "threshold"),
        ({"tok_k": 1}, "tok_k: Extra inputs are not permitted"),
        ({"labels": "Rian"}, "there is no label 'Rian': did you mean 'Rain'"),
        ({"with_children": True}, "with_children needs labels"),
        ({"threshold": "auto"}, "placeholder 1.0 is not calibrated"),
        ({"model": "nothing"}, "there is no model 'nothing' here"),
    ],
)
def test_what_makes_no_sense_is_422(
    client: TestClient, noise: Path, params: dict[str, Any], message: str
) -> None:
    answer = post(client, noise, **params)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(message)


def test_a_body_of_another_kind(client: TestClient) -> None:
    assert client.post("/v1/tag", content=b"x").status_code == 415
    assert client.post("/v1/tag").status_code == 415
    nothing = client.post("/v1/tag", files={"other": b""})
    assert nothing.status_code == 422
    assert nothing.json()["error"]["message"].startswith("other: parts are called file")
    broken = {"content-type": "multipart/form-data"}
    assert client.post("/v1/tag", content=b"x", headers=broken).status_code == 400
