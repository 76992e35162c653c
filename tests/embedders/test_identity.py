"""The identity that embeddings carry."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from earmark.embedders import AUDIOSET, Identity
from earmark.errors import ModelError

GOOD = {
    "name": "vggish",
    "version": "2017",
    "final_relu": True,
    "pca": "vggish",
    "dequantiser": "kong",
}


def test_it_reads_what_it_wrote() -> None:
    identity = Identity("vggish", "2017", final_relu=True, pca="vggish", dequantiser="kong")
    assert json.loads(identity.to_json()) == GOOD
    assert Identity.parse(GOOD, where="config.json") == identity


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "config.json: the embedder's name must be a text"),
        ({"version": 1}, "the embedder's version must be a text"),
        ({"final_relu": "yes"}, "final_relu must be true, false or null"),
        ({"pca": 3}, "pca must be a name or null"),
        ({"dequantiser": "mine"}, "dequantiser must be 'youtube8m' or 'kong'"),
        ({"colour": "red"}, "has no field 'colour'"),
    ],
)
def test_it_refuses_nonsense(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Identity.parse({**GOOD, **change}, where="config.json")


def test_it_refuses_what_is_no_object() -> None:
    with pytest.raises(ModelError, match="must be an object"):
        Identity.parse(["vggish"], where="config.json")


def test_require_names_the_first_difference() -> None:
    ours = Identity("compact", "1")
    ours.require(Identity("compact", "1"), what="sounds.npz")
    with pytest.raises(
        ModelError, match=r"sounds.npz belongs to embedder compact 2.*version is '2'"
    ):
        ours.require(Identity("compact", "2"), what="sounds.npz")


def test_how_bytes_are_read_is_no_difference_between_embeddings() -> None:
    read_otherwise = replace(AUDIOSET, dequantiser="youtube8m")
    assert read_otherwise != AUDIOSET
    AUDIOSET.require(read_otherwise, what="sounds.npz")
    read_otherwise.require(AUDIOSET, what="sounds.npz")


@pytest.mark.parametrize("change", [{"final_relu": False}, {"pca": None}, {"name": "compact"}])
def test_every_other_difference_is_one(change: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=f"{next(iter(change))} is "):
        AUDIOSET.require(replace(AUDIOSET, **change), what="sounds.npz")


def test_audiosets_embeddings_are_those_of_2017() -> None:
    assert json.loads(AUDIOSET.to_json()) == {
        "name": "vggish",
        "version": "1",
        "final_relu": True,
        "pca": "audioset",
        "dequantiser": "kong",
    }
