"""The formats, to the letter."""

from __future__ import annotations

import csv
import io
import json
from typing import get_args

import pytest

from earmark.errors import UsageError
from earmark.tagging import Event, Tag, Tagging
from earmark.tagging.export import Format, document, to_json

TAGS = Tagging(
    source="storm.wav",
    duration=10.00006,
    model="compact 1.0",
    tags=(Tag("Thunder", 0.61, "/m/0ngt1"), Tag("Gunshot, gunfire", 0.12345678, "/m/032s66")),
)
EVENTS = Tagging(
    source='a "b", c.flac',
    duration=20.0,
    model="compact 1.0",
    tags=(Tag("Owl", 0.83, "/m/09d5_"),),
    events=(
        Event("Owl", 12.48, 14.4, 0.83, "/m/09d5_"),
        Event("Gunshot, gunfire", 13.440000000000001, 14.4, 0.5, "/m/032s66"),
    ),
)
LIKELY = Tagging(
    source="night.flac",
    duration=20.0,
    model="mine 1",
    tags=(Tag("Owl", 0.83, "/m/09d5_", 0.91),),
    events=(Event("Owl", 12.48, 14.4, 0.83, "/m/09d5_", 0.9123456789),),
)


def write(
    format: Format, *taggings: Tagging, events: bool = False, calibrated: bool = False
) -> str:
    page = document(format, events=events, calibrated=calibrated)
    return page.head() + "".join(map(page.item, taggings)) + page.tail()


def test_a_json_object() -> None:
    assert to_json(TAGS) == (
        '{"source": "storm.wav", "duration": 10.0, "model": "compact 1.0", "tags": ['
        '{"id": "/m/0ngt1", "label": "Thunder", "score": 0.61}, '
        '{"id": "/m/032s66", "label": "Gunshot, gunfire", "score": 0.123457}]}'
    )


def test_a_json_object_with_events() -> None:
    assert json.loads(to_json(EVENTS))["events"] == [
        {"start": 12.48, "end": 14.4, "id": "/m/09d5_", "label": "Owl", "score": 0.83},
        {"start": 13.44, "end": 14.4, "id": "/m/032s66", "label": "Gunshot, gunfire", "score": 0.5},
    ]


def test_json_is_one_array() -> None:
    assert json.loads(write("json")) == []
    assert [item["source"] for item in json.loads(write("json", TAGS, EVENTS))] == [
        "storm.wav",
        'a "b", c.flac',
    ]


def test_jsonl_is_an_object_a_line() -> None:
    assert write("jsonl", TAGS, EVENTS) == f"{to_json(TAGS)}\n{to_json(EVENTS)}\n"


def test_names_of_any_script_stay_readable_and_broken_ones_readable_by_programs() -> None:
    assert "дождь.wav" in to_json(Tagging("дождь.wav", 1.0, "m", ()))
    broken = Tagging("rain\udcff.wav", 1.0, "m", ())
    to_json(broken).encode()
    assert json.loads(to_json(broken))["source"] == "rain\udcff.wav"


def test_csv_of_tags() -> None:
    assert write("csv", TAGS) == (
        "source,duration,id,label,score,model\n"
        "storm.wav,10.000,/m/0ngt1,Thunder,0.610000,compact 1.0\n"
        'storm.wav,10.000,/m/032s66,"Gunshot, gunfire",0.123457,compact 1.0\n'
    )


def test_csv_of_events() -> None:
    rows = list(csv.DictReader(io.StringIO(write("csv", EVENTS, events=True))))
    assert [tuple(row.values()) for row in rows] == [
        ('a "b", c.flac', "12.480", "14.400", "/m/09d5_", "Owl", "0.830000", "compact 1.0"),
        (
            'a "b", c.flac',
            "13.440",
            "14.400",
            "/m/032s66",
            "Gunshot, gunfire",
            "0.500000",
            "compact 1.0",
        ),
    ]


def test_a_label_track_for_audacity() -> None:
    assert write("audacity", EVENTS) == (
        "12.480000\t14.400000\tOwl 0.83\n13.440000\t14.400000\tGunshot, gunfire 0.50\n"
    )


def test_audacity_has_a_track_for_one_recording() -> None:
    with pytest.raises(UsageError, match="a label track of Audacity belongs to one recording"):
        write("audacity", EVENTS, EVENTS)


def test_a_selection_table_for_raven_counts_on_through_the_recordings() -> None:
    rows = list(csv.DictReader(io.StringIO(write("raven", EVENTS, EVENTS)), delimiter="\t"))
    assert [row["Selection"] for row in rows] == ["1", "2", "3", "4"]
    assert [row["Begin Time (s)"] for row in rows] == ["12.480", "13.440", "32.480", "33.440"]
    assert [row["File Offset (s)"] for row in rows] == ["12.480", "13.440"] * 2
    assert rows[3]["End Time (s)"] == "34.400"
    assert (rows[0]["Annotation"], rows[0]["Begin Path"]) == ("Owl", 'a "b", c.flac')


@pytest.mark.parametrize("format", get_args(Format))
def test_recordings_without_anything(format: Format) -> None:
    write(format, Tagging("quiet.wav", 1.0, "m", (), ()), events=True)


def test_probabilities_stand_beside_the_scores() -> None:
    found = json.loads(to_json(LIKELY))
    assert found["tags"] == [{"id": "/m/09d5_", "label": "Owl", "score": 0.83, "probability": 0.91}]
    assert list(found["events"][0]) == ["start", "end", "id", "label", "score", "probability"]
    assert found["events"][0]["probability"] == 0.912346
    assert write("csv", LIKELY, calibrated=True) == (
        "source,duration,id,label,score,probability,model\n"
        "night.flac,20.000,/m/09d5_,Owl,0.830000,0.910000,mine 1\n"
    )
    assert write("csv", LIKELY, events=True, calibrated=True) == (
        "source,start,end,id,label,score,probability,model\n"
        "night.flac,12.480,14.400,/m/09d5_,Owl,0.830000,0.912346,mine 1\n"
    )
    (row,) = csv.DictReader(io.StringIO(write("raven", LIKELY, calibrated=True)), delimiter="\t")
    assert (row["Score"], row["Probability"]) == ("0.830000", "0.912346")
    assert write("audacity", LIKELY, calibrated=True) == "12.480000\t14.400000\tOwl 0.83\n"


def test_columns_are_those_that_were_announced() -> None:
    assert write("csv", LIKELY) == (
        "source,duration,id,label,score,model\nnight.flac,20.000,/m/09d5_,Owl,0.830000,mine 1\n"
    )
    row = write("csv", EVENTS, calibrated=True).splitlines()[1]
    assert row.endswith("Owl,0.830000,,compact 1.0")
