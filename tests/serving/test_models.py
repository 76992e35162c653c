"""The taggers that a service offers."""

from __future__ import annotations

import json
from pathlib import Path

import placeholder
import pytest

from earmark.errors import ModelError, UsageError
from earmark.serving.errors import ServiceError
from earmark.serving.models import Models, find


def test_the_first_is_chosen_where_none_is_named(folder: Path, tmp_path: Path) -> None:
    other = placeholder.build(tmp_path / "other", labels=[("x", "X")])
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(config | {"name": "other"}))
    models = Models(find([str(other), str(folder)]))
    assert models.names == ("other", "placeholder")
    assert models.choose(None) is models.choose("other") is models.all()[0]
    assert len(models.choose("placeholder").labels) == 527


def test_one_that_is_not_there_is_refused(folder: Path) -> None:
    models = Models(find([str(folder)]))
    with pytest.raises(ServiceError, match=r"no model '\.\./x' here: there is placeholder"):
        models.choose("../x")


def test_two_of_one_name_are_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="two taggers are called 'placeholder'"):
        find([str(folder), str(folder)])


def test_an_embedder_alone_is_refused(tmp_path: Path) -> None:
    folder = placeholder.embedder_alone(placeholder.build(tmp_path, labels=[("x", "X")]))
    with pytest.raises(ModelError, match="cannot tag"):
        find([str(folder)])
