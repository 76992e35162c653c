"""The face of IBM's MAX-Audio-Classifier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import placeholder
import pytest
import sounds
from starlette.testclient import TestClient

from earmark.serving.app import create_app
from earmark.serving.settings import ServeSettings
from earmark.tagging import Tagger

WAV = "audio/wav"


def predict(client: TestClient, path: Path, *, kind: str | None = WAV, **more: Any) -> Any:
    file = (path.name, path.read_bytes()) if kind is None else (path.name, path.read_bytes(), kind)
    return client.post("/model/predict", files={"audio": file}, **more)


def as_json(tagger: Tagger, path: Path, **options: Any) -> list[dict[str, object]]:
    return [
        {"label_id": tag.id, "label": tag.label, "probability": tag.score}
        for tag in tagger.tag(path, pooling="first", **options)
    ]


def test_metadata(client: TestClient) -> None:
    assert client.get("/model/metadata").json() == {
        "id": "audio_embeddings-tf-imagenet",
        "name": "audio_embeddings TensorFlow Model",
        "description": "audio_embeddings TensorFlow model trained on Audio Set",
        "type": "audio_classification",
        "source": None,
        "license": "Apache 2.0",
    }


def test_labels(client: TestClient) -> None:
    answer = client.get("/model/labels").json()
    assert (answer["status"], answer["count"], len(answer["labels"])) == ("ok", 527, 527)
    assert answer["labels"][0] == {"id": "/m/09x0r", "name": "Speech"}


@pytest.mark.parametrize("kind", [WAV, "audio/x-wav", "application/octet-stream", None])
def test_the_five_best_of_the_first_ten_patches(
    client: TestClient, tagger: Tagger, noise: Path, kind: str | None
) -> None:
    answer = predict(client, noise, kind=kind)
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "predictions": as_json(tagger, noise)}
    assert len(answer.json()["predictions"]) == 5


@pytest.mark.parametrize("where", ["params", "data"])
@pytest.mark.parametrize("start", ["5", "5.7", "22.9", "-0.5", "", "0"])
def test_start_time(
    client: TestClient, tagger: Tagger, noise: Path, where: str, start: str
) -> None:
    argument: Any = {where: {"start_time": start}}
    answer = predict(client, noise, **argument)
    expected = as_json(tagger, noise, start=max(0.0, float(start or 0)))
    assert answer.json()["predictions"] == expected


@pytest.mark.parametrize("start", ["24", "1000", "1e9", "inf", "-inf", "nan", "-0.96", "-3"])
def test_a_start_time_outside(client: TestClient, noise: Path, start: str) -> None:
    answer = predict(client, noise, params={"start_time": start})
    assert answer.status_code == 400
    assert answer.json() == {
        "status": "error",
        "message": "Invalid start time: value outside audio clip",
    }


def test_a_start_time_that_is_no_number(client: TestClient, noise: Path) -> None:
    answer = predict(client, noise, params={"start_time": "soon"})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Input payload validation failed"
    assert answer.json()["errors"]["start_time"].endswith(
        "could not convert string to float: 'soon'"
    )


def test_audio_is_required(client: TestClient) -> None:
    for answer in (
        client.post("/model/predict"),
        client.post("/model/predict", json={}),
        client.post("/model/predict", data={"audio": "text"}),
        client.post("/model/predict", files={"sound": b""}),
    ):
        assert answer.status_code == 400
        assert answer.json()["message"] == "Input payload validation failed"
        assert "audio" in answer.json()["errors"]


@pytest.mark.parametrize("where", ["params", "data"])
def test_the_filter_picks_from_the_five_best(client: TestClient, noise: Path, where: str) -> None:
    best = predict(client, noise).json()["predictions"]
    names = [prediction["label"] for prediction in best]
    for wanted, left in (
        ("", best),
        (",,", best),
        (names[3], [best[3]]),
        (f"{names[4]},{names[1]}", [best[1], best[4]]),
        (f" {names[0]} , nothing", [best[0]]),
        (best[2]["label_id"], [best[2]]),
        ("nothing", []),
        (names[0].upper() + "x", []),
    ):
        argument: Any = {where: {"filter": wanted}}
        answer = predict(client, noise, **argument)
        assert answer.status_code == 200
        assert answer.json() == {"status": "ok", "predictions": left}


def test_a_label_with_commas_can_be_filtered(noise: Path, tmp_path: Path) -> None:
    labels = [("/1", "Rain"), ("/2", "Gunshot, gunfire"), ("/3", "Gunshot"), ("/4", "Fire")]
    settings = ServeSettings(models=(str(placeholder.build(tmp_path, labels=labels)),))
    with TestClient(create_app(settings)) as client:
        for wanted, left in (
            ("Gunshot, gunfire", {"/2", "/3"}),  # as MAX took its parts
            ("Fire,Gunshot, gunfire", {"/2", "/3", "/4"}),
            ("gunfire,Rain", {"/1"}),
        ):
            answer = predict(client, noise, params={"filter": wanted})
            assert {row["label_id"] for row in answer.json()["predictions"]} == left


def test_what_is_no_sound(client: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text("print('no sound')\n" * 50)
    answer = predict(client, path, kind="text/x-python")
    assert answer.status_code == 400
    assert answer.json() == {
        "status": "error",
        "message": "Invalid file type/extension: text/x-python",
    }
    named = predict(client, path, kind=WAV)
    assert named.status_code == 400
    assert named.json()["message"].startswith("script.py: ")


def test_a_damaged_recording_is_not_blamed_on_the_start_time(
    client: TestClient, noise: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cut.wav"
    path.write_bytes(noise.read_bytes()[:44])
    answer = predict(client, path, params={"start_time": "3"})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("cut.wav: ")


def test_less_than_a_patch_is_repeated(client: TestClient, tagger: Tagger, tmp_path: Path) -> None:
    path = sounds.write_wav(tmp_path / "short.wav", np.asarray(sounds.tone(500, 0.5)))
    assert predict(client, path).json()["predictions"] == as_json(tagger, path)


def test_errors_that_no_route_makes_have_the_shape_too(client: TestClient) -> None:
    assert client.get("/model/nothing").json() == {"status": "error", "message": "Not Found"}
    kind = {"content-type": "multipart/form-data"}
    answer = client.post("/model/predict", content=b"x", headers=kind)
    assert (answer.status_code, answer.json()["status"]) == (400, "error")
