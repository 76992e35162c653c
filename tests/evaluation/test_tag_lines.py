from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from evaluation.prediction_making import RAIN_AND_MORE, a_calibration, some_predictions

from earmark.evaluation.tag_lines import COLUMNS, json_lines, link, rows, write

TWO = replace(
    some_predictions(2, table=RAIN_AND_MORE),
    scores=np.array([[0.25, 0.5, 0.125], [0, 1, 0]], np.float32),
)


@pytest.mark.parametrize(
    ("id_", "start", "wanted"),
    [
        ("--4gqARaEJE", 30.0, "https://www.youtube.com/watch?v=--4gqARaEJE&t=30s"),
        ("--4gqARaEJE", 0.96, "https://www.youtube.com/watch?v=--4gqARaEJE&t=0s"),
        ("--4gqARaEJE", math.nan, "https://www.youtube.com/watch?v=--4gqARaEJE"),
        ("--4gqARaEJ", 30.0, None),
        ("--4gqARaEJE\n", 30.0, None),
        ("thunder.wav", 0.0, None),  # eleven characters, and a point among them
        ("", 0.0, None),
    ],
)
def test_where_youtube_plays_a_clip(id_: str, start: float, wanted: str | None) -> None:
    assert link(id_, start) == wanted


def test_an_object_for_each_clip() -> None:
    first, second = (json.loads(line) for line in json_lines(TWO, top_k=2))
    assert first == {
        "id": "youtube-000",
        "start": 0.0,
        "end": 10.0,
        "model": "maker 1",
        "link": "https://www.youtube.com/watch?v=youtube-000&t=0s",
        "tags": [
            {"id": "/m/032s66", "label": "Gunshot, gunfire", "score": 0.5},
            {"id": "/m/06mb1", "label": "Rain", "score": 0.25},
        ],
    }
    assert (second["start"], second["end"]) == (None, None)
    assert second["link"] == "https://www.youtube.com/watch?v=youtube-001"


def test_probabilities_stand_beside_scores() -> None:
    calibration = a_calibration(3)
    calibrated = replace(TWO, calibration=calibration)
    first = json.loads(next(json_lines(calibrated, top_k=1)))
    wanted = float(calibration.apply(TWO.scores)[0, 1])
    assert first["tags"] == [
        {
            "id": "/m/032s66",
            "label": "Gunshot, gunfire",
            "score": 0.5,
            "probability": round(wanted, 6),
        }
    ]
    row = next(csv.DictReader(io.StringIO("".join(rows(calibrated, top_k=1))), COLUMNS))
    assert (row["score"], row["probability"]) == ("0.500000", f"{wanted:.6f}")


def test_a_row_for_each_tag(tmp_path: Path) -> None:
    path = tmp_path / "tags.csv"
    write(path, [TWO[:1], TWO[1:]], format="csv", top_k=2)
    assert path.read_text() == (
        "id,start,end,label_id,label,score,probability,model\n"
        'youtube-000,0.000,10.000,/m/032s66,"Gunshot, gunfire",0.500000,,maker 1\n'
        "youtube-000,0.000,10.000,/m/06mb1,Rain,0.250000,,maker 1\n"
        'youtube-001,,,/m/032s66,"Gunshot, gunfire",1.000000,,maker 1\n'
        "youtube-001,,,/m/06mb1,Rain,0.000000,,maker 1\n"
    )


def test_ids_that_are_no_unicode_are_escaped(tmp_path: Path) -> None:
    raw = b"caf\xe9".decode("utf-8", "surrogateescape")
    path = tmp_path / "p.jsonl"
    write(path, [replace(TWO, ids=(raw, "ä"))], format="jsonl", top_k=1)
    first, second = path.read_bytes().splitlines()
    assert json.loads(first)["id"] == raw
    assert "ä".encode() in second
