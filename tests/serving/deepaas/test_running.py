"""The real ``deepaas-run``, over HTTP: what DEEP-OC's clients do."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from serving.deepaas.project import Project, make_project
from serving.deepaas.running import Server, deepaas_run
from serving.web import serving
from training.sounds.making import state_of

from earmark.tagging import Tagger

MODEL = "/v2/models/earmark/"
TRAIN = f"{MODEL}train/"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """What the server works in."""
    return make_project(tmp_path_factory.mktemp("served") / "project")


@pytest.fixture(scope="module")
def server(work: Project) -> Iterator[Server]:
    """A server with earmark's own tagger."""
    with deepaas_run(
        work.base.parent / "run", folder=str(work.base), allow_private="true", error_status="200"
    ) as server:
        yield server


def predictions(server: Server, *files: Path, **fields: str) -> list[dict[str, Any]]:
    answer = server.predict(*files, **fields)
    assert answer.status == 200
    assert answer.body["status"] == "OK"
    found: list[dict[str, Any]] = answer.body["predictions"]
    return found


def test_what_it_is(server: Server) -> None:
    (listed,) = server.ask("/v2/models/").body["models"]
    found = server.ask(MODEL).body
    for each in (listed, found):
        assert each["id"] == "earmark"
        assert each["Name"] == "earmark"
        assert each["License"] == "Apache-2.0"
    paths = server.ask("/swagger.json").body["paths"]
    asked = {each["name"]: each for each in paths[f"{MODEL}predict/"]["post"]["parameters"]}
    assert asked["data"]["in"] == "formData"
    assert asked["timestamp"]["enum"] == ['"default"']
    assert len(paths[TRAIN]["post"]["parameters"]) == 19
    assert server.ask("/api").status == 200


def test_a_file(server: Server, noise: Path) -> None:
    (found,) = predictions(server, noise)
    tags = Tagger.load(threads=1).tag(noise, pooling="loop")
    assert found["title"] == "noise.wav"
    assert found["labels"] == [tag.label for tag in tags]
    assert found["probabilities"] == pytest.approx([tag.score for tag in tags], abs=1e-5)
    assert list(found["links"]) == ["Google Images", "Wikipedia"]
    assert not list(server.temporary.glob("tmp*"))  # DEEPaaS leaves its copies to us


def test_an_archive(server: Server, noise: Path, tmp_path: Path) -> None:
    path = tmp_path / "sounds.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.write(noise, "deep/er/a.wav")
        file.writestr("b.wav", "no sound")
        file.writestr("readme.md", "nothing")
    first, second = predictions(server, path)
    assert first["title"] == "sounds.zip/deep/er/a.wav"
    assert second == {"title": "sounds.zip/b.wav", "error": "is text, not sound"}


def test_addresses(server: Server, noise: Path) -> None:
    with serving(noise.read_bytes()) as (address, asked):
        query = f"?urls={quote(address)}/a.wav"
        found = server.ask(f"{MODEL}predict/{query}", method="POST").body
        (same,) = predictions(server, urls=f"{address}/b.wav")
    assert asked == ["/a.wav", "/b.wav"]
    (first,) = found["predictions"]
    assert first == {**same, "title": f"{address}/a.wav"}


def test_what_makes_no_sense(server: Server, noise: Path, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("text")
    either = "You must provide either 'url' or 'data' in the payload"
    for answer, message in (
        (server.ask(f"{MODEL}predict/", method="POST"), either),
        (server.predict(noise, urls="http://a/b.wav"), either),
        (server.predict(tmp_path / "a.wav"), "a.wav: is text, not sound"),
        (
            server.predict(noise, timestamp="2001-01-01_000000"),
            "there is no timestamp '2001-01-01_000000': there is default",
        ),
    ):
        assert answer.status == 200
        assert answer.body == {"status": "error", "message": message}
    answer = server.predict(noise, ckpt_name='"other"')
    assert answer.status == 422
    assert answer.body == {"ckpt_name": ['ckpt_name is "other": it can be "final_model.h5"']}
    answer = server.ask(f"{TRAIN}?epochs=none", method="POST")
    assert answer.status == 422
    assert answer.body["epochs"][0].startswith('epochs is "none": give a valid integer')


def test_a_training_that_fails(server: Server) -> None:
    begun = server.ask(f"{TRAIN}?num_classes=7", method="POST")
    assert begun.status == 200
    found = finished(server, begun.body["uuid"])
    assert found["status"] == "error"
    assert found["message"].startswith("num_classes is 7 and classes.txt names 2")


def test_from_training_to_prediction(server: Server, work: Project) -> None:
    before = state_of(work.base / "data")
    arguments = 'epochs=20&mode="fast"&initial_lr=0.01&use_tensorboard=false'.replace('"', "%22")
    begun = server.ask(f"{TRAIN}?{arguments}", method="POST")
    assert begun.status == 200
    assert begun.body["status"] == "running"
    assert begun.body["args"]["epochs"] == "20"
    found = finished(server, begun.body["uuid"])
    assert found["status"] == "done"
    name = found["result"]["output"]["modelname"]
    assert found["result"]["output"] == {"modelname": name}
    history = server.ask(TRAIN).body
    assert found in history
    assert (work.models / name / "config.json").is_file()
    assert state_of(work.base / "data") == before

    high = work.audios / "high 3.wav"
    for query in ({}, {"timestamp": f'"{name}"'}, {"timestamp": name}):
        (tags,) = predictions(server, high, **query)
        assert tags["labels"] == ["high", "low"]
        assert tags["labels_info"] == ["a high tone", "a low tone"]
        assert tags["probabilities"][0] > 0.5
    (tags,) = predictions(server, high, timestamp='"default"')
    assert len(tags["labels"]) == 5


def test_a_training_that_is_cancelled(server: Server, noise: Path) -> None:
    begun = server.ask(f"{TRAIN}?epochs=100000", method="POST").body["uuid"]
    time.sleep(0.5)
    server.ask(f"{TRAIN}{begun}", method="DELETE")  # DEEPaaS 2.6 stumbles over its own answer
    assert server.ask(f"{TRAIN}{begun}").status == 404
    (found,) = predictions(server, noise, timestamp='"default"')  # the worker is free again
    assert found["title"] == "noise.wav"


def finished(server: Server, uuid: str) -> dict[str, Any]:
    """Wait until a training is over, and say how it ended."""
    end = time.monotonic() + 240
    while time.monotonic() < end:
        found: dict[str, Any] = server.ask(f"{TRAIN}{uuid}").body
        if found["status"] != "running":
            return found
        time.sleep(0.3)
    raise RuntimeError(f"the training is not over:\n{server.log.read_text()}")
