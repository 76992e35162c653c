"""A tagger's folder, and where to get one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import placeholder
import pytest

from earmark.bundle import Bundle, shipped
from earmark.classifiers.calibration import Calibration
from earmark.embedders import Identity
from earmark.errors import ModelError
from earmark.ontology import Label

LABELS = [("/m/a", "A"), ("/m/b", "B, or b")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return placeholder.build(tmp_path / "mine", labels=LABELS)


def change(folder: Path, **fields: Any) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | fields
    path.write_text(json.dumps(config), encoding="utf-8")


def test_what_the_folder_says(folder: Path) -> None:
    bundle = Bundle.find(folder)
    assert bundle.title == "placeholder 1.0"
    assert bundle.config.embedder == Identity("placeholder", "1", final_relu=False)
    assert (bundle.config.classifier, bundle.config.max_patches) == ("linear", 10)
    assert (bundle.config.pooling, bundle.config.licence) == ("mean", "Apache-2.0")
    assert bundle.labels == (Label(0, "/m/a", "A"), Label(1, "/m/b", "B, or b"))
    assert bundle.card.is_file()
    assert Bundle.find(str(folder)) == bundle


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"format": 2}, "has format 2 and this earmark reads format 1: update earmark"),
        ({"name": ""}, r"config\.json: name must be a text"),
        ({"version": 1}, "version must be a text"),
        ({"embedder": None}, "the embedder's identity must be an object"),
        ({"classifier": "linear"}, "classifier must be an object with kind and max_patches"),
        ({"classifier": {"kind": "linear", "max_patches": 0}}, "max_patches is 0"),
        ({"classifier": {"kind": "linear", "max_patches": True}}, "max_patches is True"),
        ({"pooling": "median"}, "pooling is 'median'"),
        ({"licence": 3}, "licence must be a text"),
    ],
)
def test_a_config_that_makes_no_sense(folder: Path, fields: dict[str, Any], message: str) -> None:
    change(folder, **fields)
    with pytest.raises(ModelError, match=message):
        Bundle.find(folder)


def test_fields_of_later_times_are_let_through(folder: Path) -> None:
    change(folder, colour="red", classifier={"kind": "linear", "max_patches": 10, "hidden": 512})
    assert Bundle.find(folder).config.classifier == "linear"


@pytest.mark.parametrize(("text", "message"), [("{", "is not JSON"), ("[]", "has no format")])
def test_a_config_that_is_none(folder: Path, text: str, message: str) -> None:
    (folder / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        Bundle.find(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,name\n/m/a,A\n", "must have the columns index, id and name"),
        ("index,id,name\n1,/m/a,A\n", "line 2: an index from 0 up"),
        ("index,id,name\n0,/m/a,A\n2,/m/b,B\n", "line 3: an index from 0 up"),
        ("index,id,name\n0,/m/a,\n", "line 2"),
        ("index,id,name\n", "names no classes"),
        ("", "must have the columns"),
    ],
)
def test_labels_that_are_none(folder: Path, text: str, message: str) -> None:
    (folder / "labels.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        Bundle.find(folder)


@pytest.mark.parametrize("name", ["config.json", "labels.csv"])
def test_a_folder_that_lacks_something(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"is no tagger's folder: it has no {name}"):
        Bundle.find(folder)


def test_a_file_that_is_no_text(folder: Path) -> None:
    (folder / "labels.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match=r"labels\.csv cannot be read"):
        Bundle.find(folder)


def test_an_embedder_alone(folder: Path) -> None:
    bundle = Bundle.find(placeholder.embedder_alone(folder))
    assert bundle.labels == ()
    assert bundle.config.classifier is None
    assert bundle.has_embedder
    assert not bundle.has_classifier
    bundle.require_embedder()
    with pytest.raises(ModelError, match="holds an embedder alone and cannot tag: it can `earmark"):
        bundle.require_classifier()


def test_a_classifier_alone(folder: Path) -> None:
    (folder / "embedder.onnx").unlink()
    bundle = Bundle.find(folder)
    assert not bundle.has_embedder
    bundle.require_classifier()
    with pytest.raises(ModelError, match=r"embedder\.onnx is missing: .* its embedder, placehold"):
        bundle.require_embedder()


def test_the_fast_embedder(folder: Path) -> None:
    bundle = Bundle.find(folder)
    assert bundle.choose_embedder(fast=False) == folder / "embedder.onnx"
    with pytest.raises(ModelError, match=r"placeholder 1\.0 has no fast embedder .*int8\.onnx"):
        bundle.choose_embedder(fast=True)
    (folder / "embedder.int8.onnx").write_bytes(b"")
    assert bundle.choose_embedder(fast=True) == folder / "embedder.int8.onnx"


def test_a_calibration_may_stand_beside_it(folder: Path) -> None:
    assert Bundle.find(folder).calibration is None
    path = folder / "calibration.csv"
    whole = Calibration(
        slopes=np.ones(2, np.float32),
        offsets=np.zeros(2, np.float32),
        thresholds=np.full(2, 0.5, np.float32),
        n_clips=7,
    )
    whole.write(path, labels=Bundle.find(folder).labels)
    found = Bundle.find(folder).calibration
    assert found is not None
    assert found.n_clips == 7
    path.write_text("index,id\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"calibration\.csv must have the columns"):
        Bundle.find(folder)


def test_names_that_lead_nowhere(folder: Path) -> None:
    with pytest.raises(ModelError, match="there is no tagger 'nobody': give the path"):
        Bundle.find("nobody")
    with pytest.raises(ModelError, match="is a file, and a tagger is a folder"):
        Bundle.find(folder / "labels.csv")


@pytest.mark.parametrize("url", ["https://example.org/t", "s3://bucket/t", "hf://someone/t"])
def test_the_network_is_for_later(url: str) -> None:
    with pytest.raises(ModelError, match="taggers are not fetched from the network yet"):
        Bundle.find(url)


@pytest.mark.parametrize("name", shipped())
def test_every_tagger_that_is_shipped_is_whole(name: str) -> None:
    bundle = Bundle.find(name)
    assert bundle.config.name == name
    assert bundle.config.licence
    for path in (bundle.embedder, bundle.classifier, bundle.card):
        assert path.is_file()
