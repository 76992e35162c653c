"""Answers in DEEP-OC's shape."""

from __future__ import annotations

from marshmallow import Schema

from earmark.serving.deepaas.answers import SCHEMA, failed, failure, predicted, success
from earmark.tagging.results import Tag

TAGS = (Tag("Gunshot, gunfire", 0.5, "/m/032s66"), Tag("Déjà vu?", 0.25, "/m/1"))


def test_a_prediction() -> None:
    assert predicted("a.wav", TAGS, about={"Déjà vu?": "once more"}) == {
        "title": "a.wav",
        "labels": ["Gunshot, gunfire", "Déjà vu?"],
        "probabilities": [0.5, 0.25],
        "labels_info": ["/m/032s66", "once more"],
        "links": {
            "Google Images": [
                "https://www.google.com/search?tbm=isch&q=Gunshot%2C+gunfire",
                "https://www.google.com/search?tbm=isch&q=D%C3%A9j%C3%A0+vu%3F",
            ],
            "Wikipedia": [
                "https://en.wikipedia.org/wiki/Gunshot%2C_gunfire",
                "https://en.wikipedia.org/wiki/D%C3%A9j%C3%A0_vu%3F",
            ],
        },
    }


def test_the_schema_takes_them() -> None:
    schema = Schema.from_dict(SCHEMA)
    good = success([predicted("a.wav", TAGS, about={}), failed("b.wav", "is text, not sound")])
    assert good["status"] == "OK"
    for answer in (good, success([]), failure("no")):
        assert schema().load(answer) == answer
