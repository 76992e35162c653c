"""``earmark labels``, ``models`` and ``doctor``."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from earmark.bundle import shipped

from .conftest import Program


def test_all_labels(earmark: Program) -> None:
    rows = [json.loads(line) for line in earmark("labels").out.splitlines()]
    assert len(rows) == 527
    assert rows[0] == {"index": 0, "id": "/m/09x0r", "name": "Speech"}


def test_labels_by_a_part_of_their_name(earmark: Program) -> None:
    found = list(csv.DictReader(io.StringIO(earmark("labels", "OWL", "-f", "csv").out)))
    assert "Owl" in [row["name"] for row in found]
    assert all("owl" in row["name"].casefold() for row in found)
    assert json.loads(earmark("labels", "/m/0ngt1", "-f", "json").out)[0]["name"] == "Thunder"


def test_a_table_of_labels(earmark: Program) -> None:
    lines = earmark("labels", "thunder", "--format", "table").out.splitlines()
    assert lines[0].split() == ["index", "id", "name"]
    assert lines[1].split() == ["286", "/m/0jb2l", "Thunderstorm"]


def test_a_tree(earmark: Program) -> None:
    lines = earmark("labels", "thunderstorm", "--tree").out.splitlines()
    assert lines == ["Thunderstorm", "└─ Thunder"]
    whole = earmark("labels", "--tree").out.splitlines()
    assert "Human sounds  (category)" in whole
    assert len(whole) > 632  # some stand below several others


def test_what_a_tagger_is(earmark: Program, folder: Path) -> None:
    lines = [json.loads(line) for line in earmark("models", "show", folder).out.splitlines()]
    facts = {line["fact"]: line["value"] for line in lines}
    assert facts["name"] == "placeholder"
    assert facts["labels"] == "527"
    assert facts["folder"] == str(folder)


def test_its_card(earmark: Program, folder: Path) -> None:
    assert earmark("models", "show", folder, "--card").out == "# placeholder\n\nFor tests.\n"


def test_the_taggers_there_are(earmark: Program) -> None:
    outcome = earmark("models", "list")
    assert outcome.code == 0
    assert [json.loads(line)["name"] for line in outcome.out.splitlines()] == list(shipped())


def test_the_doctor(earmark: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("earmark.cli.doctor.shipped", lambda: ("compact",))
    outcome = earmark("doctor")
    facts = {row["what"]: row for row in map(json.loads, outcome.out.splitlines())}
    assert outcome.code == 0
    assert outcome.err == "all is well\n"
    assert facts["tagging"]["state"] == "ok"
    assert "for a 1 kHz tone" in facts["tagging"]["detail"]
    assert facts["FLAC"]["state"] == "ok"
    assert "CPUExecutionProvider" in facts["providers"]["detail"]
    assert {"[train]", "GPU", "onnxruntime", "cores"} <= set(facts)


def test_the_doctor_finds_what_is_wrong(earmark: Program) -> None:
    outcome = earmark("doctor", "--model", "nobody", "--format", "table")
    assert outcome.code == 1
    assert "there is no tagger 'nobody'" in outcome.out
    assert outcome.err.startswith("something is wrong: ")
