"""What DEEPaaS looks for in the module, and what it gets."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from conftest import ROOT
from marshmallow import Schema
from serving.deepaas.project import uploaded

from earmark.errors import ModelError, UsageError
from earmark.serving.deepaas import api
from earmark.serving.deepaas.refusals import RefusedError


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Path) -> None:
    monkeypatch.setenv("EARMARK_DEEPAAS_FOLDER", str(tmp_path))
    monkeypatch.setenv("EARMARK_DEEPAAS_MODEL", str(folder))


def test_the_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["deepaas.v2.model"]
    assert {name: import_module(module) for name, module in points.items()} == {"earmark": api}


def test_tagging_needs_no_pytorch(noise: Path) -> None:
    program = (
        "import sys; from earmark.serving.deepaas import api; from collections import namedtuple;"
        "upload = namedtuple('upload', 'filename original_filename')(sys.argv[1], 'a.wav');"
        "assert api.predict(data=upload)['status'] == 'OK';"
        "assert not {'torch', 'lightning', 'onnx', 'fastapi'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program, noise], timeout=100, check=False)
    assert result.returncode == 0


def test_it_can_be_warmed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    api.warm()
    monkeypatch.setenv("EARMARK_DEEPAAS_MODEL", str(tmp_path))
    with pytest.raises(ModelError, match=r"is no tagger's folder"):
        api.warm()


def test_arguments_of_predict(noise: Path) -> None:
    fields = api.get_predict_args()
    assert list(fields) == ["data", "urls", "timestamp", "ckpt_name"]
    assert fields["timestamp"].metadata["enum"] == ['"default"']
    found = Schema.from_dict(fields)().load({})
    assert found == {
        "data": None,
        "urls": None,
        "timestamp": '"default"',
        "ckpt_name": '"final_model.h5"',
    }


def test_predict(noise: Path) -> None:
    found = api.predict(data=uploaded(noise), urls=None)
    assert found["status"] == "OK"
    assert Schema.from_dict(api.schema)().load(found) == found


def test_errors_of_predict(monkeypatch: pytest.MonkeyPatch) -> None:
    either = "You must provide either 'url' or 'data' in the payload"
    assert api.predict() == {"status": "error", "message": either}
    monkeypatch.setenv("EARMARK_DEEPAAS_ERROR_STATUS", "400")
    with pytest.raises(RefusedError) as caught:
        api.predict()
    assert caught.value.message == either


def test_faults_of_predict(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(given: object, *, settings: object) -> None:
        raise OSError("/a/secret/path")

    monkeypatch.setattr("earmark.serving.deepaas.predicting.predict", fail)
    message = "the service itself failed: its log says more"
    assert api.predict() == {"status": "error", "message": message}


def test_errors_of_train(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match=r"^dataset_directory 'data/audios' is no folder"):
        api.train()

    def fail(given: object, *, settings: object) -> None:
        raise AttributeError("odd\nin two lines")  # DEEPaaS would take it for a method missing

    monkeypatch.setattr("earmark.serving.deepaas.training.train", fail)
    with pytest.raises(RuntimeError, match=r"^the training failed: odd$"):
        api.train()


def test_where_the_folder_is_is_not_told(tmp_path: Path, noise: Path) -> None:
    damaged = tmp_path / "models" / "2026-01-01_000000"
    damaged.mkdir(parents=True)
    (damaged / "config.json").write_text("{")
    found = api.predict(data=uploaded(noise), timestamp=damaged.name)
    assert found["message"].startswith("models/2026-01-01_000000/config.json is not JSON")


def test_settings_that_make_no_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARMARK_DEEPAAS_RECORDINGS", "0")
    with pytest.raises(UsageError, match=r"EARMARK_DEEPAAS_RECORDINGS"):
        api.get_predict_args()
