"""``earmark tag``."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import calibrated
import placeholder
import pytest
import sounds

from earmark import ontology
from earmark.bundle import Bundle
from earmark.tagging import Tagger

from .conftest import Program

LOW, HIGH = sounds.band_of(500), sounds.band_of(3000)


def label(folder: Path, index: int) -> str:
    return Bundle.read(folder).labels[index].name


def test_lines_of_json_where_nobody_looks(earmark: Program, recordings: Path, folder: Path) -> None:
    outcome = earmark("tag", "recordings/a.wav", "recordings/b.wav", "--top-k", "3")
    assert outcome.code == 0
    first, second = map(json.loads, outcome.out.splitlines())
    expected = Tagger.load(folder).tag("recordings/a.wav", top_k=3)
    assert first == {
        "source": "recordings/a.wav",
        "duration": 5.76,
        "model": "placeholder 1.0",
        "tags": [
            {"id": tag.id, "label": tag.label, "score": round(tag.score, 6)} for tag in expected
        ],
    }
    assert second["source"] == "recordings/b.wav"
    assert outcome.err.startswith("read 2 recordings, 12 s of sound in ")


def test_a_bad_recording_is_named_and_does_not_stop_the_others(
    earmark: Program, recordings: Path
) -> None:
    outcome = earmark("tag", "recordings", "gone.wav")
    assert outcome.code == 1
    assert [json.loads(line)["source"][-5:] for line in outcome.out.splitlines()] == [
        "a.wav",
        "b.wav",
        "c.wav",
    ]
    lines = outcome.err.splitlines()
    assert lines[0].startswith("read 3 recordings")
    assert lines[1] == "skipped: 2"
    assert lines[2].startswith("  recordings/d.wav: ")
    assert lines[3].startswith("  gone.wav: does not exist")


def test_quiet(earmark: Program, recordings: Path) -> None:
    assert earmark("tag", "recordings/a.wav", "--quiet").err == ""
    assert "skipped: 1" in earmark("tag", "recordings", "--quiet").err


def test_json_is_one_array_with_events_if_asked(
    earmark: Program, recordings: Path, folder: Path
) -> None:
    names = [label(folder, LOW), label(folder, HIGH)]
    args = [part for name in names for part in ("--labels", name)]
    outcome = earmark("tag", "recordings", "--format", "json", "--events", *args)
    found = json.loads(outcome.out)
    assert [
        [(event["label"], event["start"], event["end"]) for event in item["events"]]
        for item in found
    ] == [
        [(names[0], 1.92, 3.84)],
        # The last patch lacks the 15 ms that reach beyond it, and is dropped.
        [(names[0], 0.0, 1.92), (names[1], 3.84, 5.76)],
        [(names[1], 0.0, 1.92)],
    ]
    assert {tag["label"] for item in found for tag in item["tags"]} == set(names)


def test_csv(earmark: Program, recordings: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(earmark("tag", "recordings/c.wav", "-f", "csv").out)))
    assert len(rows) == 5
    assert list(rows[0]) == ["source", "duration", "id", "label", "score", "model"]


def test_a_label_may_hold_a_comma(earmark: Program, recordings: Path) -> None:
    outcome = earmark("tag", "recordings/a.wav", "--labels", "Gunshot, gunfire,Rain")
    (line,) = outcome.out.splitlines()
    assert {tag["label"] for tag in json.loads(line)["tags"]} == {"Gunshot, gunfire", "Rain"}


def test_children_of_a_label(earmark: Program, recordings: Path) -> None:
    args = ["tag", "recordings/a.wav", "--labels", "Vehicle horn, car horn, honking", "-k", "50"]
    (alone,) = earmark(*args).out.splitlines()
    (more,) = earmark(*args, "--with-children").out.splitlines()
    assert len(json.loads(alone)["tags"]) == 1
    assert "Toot" in {tag["label"] for tag in json.loads(more)["tags"]}


def test_a_threshold_is_for_tags_and_events(earmark: Program, recordings: Path) -> None:
    scores = set()
    for args in (["-t", "0.99"], []):
        (line,) = earmark("tag", "recordings/a.wav", "-e", "-k", "527", *args).out.splitlines()
        found = json.loads(line)
        scores.add((min(tag["score"] for tag in found["tags"]) >= 0.99, len(found["tags"]) == 527))
        assert min(event["score"] for event in found["events"]) >= (0.99 if args else 0.5)
    assert scores == {(True, False), (False, True)}


def test_a_label_track_and_a_selection_table(
    earmark: Program, recordings: Path, folder: Path
) -> None:
    name = label(folder, LOW)
    args = ["tag", "recordings/a.wav", "--labels", name, "--format"]
    start, end, text = earmark(*args, "audacity").out.rstrip("\n").split("\t")
    assert (float(start), float(end), text[: len(name)]) == (1.92, 3.84, name)
    header, row = earmark(*args, "raven").out.splitlines()
    assert header.startswith("Selection\tView\t")
    assert row.split("\t")[3:5] == ["1.920", "3.840"]


def test_one_label_track_for_each_recording(
    earmark: Program, recordings: Path, tmp_path: Path
) -> None:
    tracks = tmp_path / "tracks"
    tracks.mkdir()
    args = ["recordings/a.wav", "recordings/b.wav", "recordings/../recordings/a.wav"]
    outcome = earmark("tag", *args, "-f", "audacity", "-o", tracks)
    assert outcome.code == 0
    assert outcome.out == ""
    names = sorted(path.name for path in tracks.iterdir())
    assert names == ["a.wav (2).txt", "a.wav.txt", "b.wav.txt"]
    assert (tracks / "a.wav.txt").read_text() == (tracks / "a.wav (2).txt").read_text()
    assert earmark("tag", *args, "-f", "csv", "-o", tracks).code == 2


def test_many_recordings_do_not_fit_one_label_track(earmark: Program, recordings: Path) -> None:
    outcome = earmark("tag", "recordings", "--format", "audacity")
    assert outcome.code == 2
    assert "a label track of Audacity belongs to one recording" in outcome.err


@pytest.mark.parametrize("suffix", ["json", "jsonl", "csv"])
def test_the_name_of_the_file_is_the_format(
    earmark: Program, recordings: Path, suffix: str
) -> None:
    expected = earmark("tag", "recordings", "--format", suffix).out
    outcome = earmark("tag", "recordings", "-o", f"out.{suffix}")
    assert outcome.out == ""
    assert Path(f"out.{suffix}").read_text(encoding="utf-8") == expected
    assert [path.name for path in Path().iterdir() if path.name.startswith(".")] == []


def test_jobs_change_nothing(earmark: Program, recordings: Path) -> None:
    one = earmark("tag", "recordings", "--jobs", "1", "--events")
    assert earmark("tag", "recordings", "--jobs", "3", "--events").out == one.out


def test_where_to_begin_and_how_to_pool(earmark: Program, recordings: Path) -> None:
    whole = earmark("tag", "recordings/a.wav").out
    later = earmark("tag", "recordings/a.wav", "--start", "1.5").out
    assert whole != later
    outcome = earmark("tag", "recordings/a.wav", "--start", "5.5", "--pooling", "first")
    assert outcome.code == 1
    assert "recordings/a.wav: start 5.5 s is outside" in outcome.err


def test_short_recordings(earmark: Program, tmp_path: Path) -> None:
    path = sounds.write_wav(tmp_path / "blip.wav", sounds.tone(500, 0.3))
    assert earmark("tag", path).out != earmark("tag", path, "--short", "pad").out
    outcome = earmark("tag", path, "--short", "error")
    assert outcome.code == 1
    assert "less than the 0.975 s of a patch" in outcome.err


def test_standard_input(
    earmark: Program, recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = earmark("tag", "recordings/a.wav").out
    with (recordings / "a.wav").open("rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
        outcome = earmark("tag", "-")
    assert outcome.out == expected.replace("recordings/a.wav", "-")


def test_a_damaged_recording_is_read_and_named(earmark: Program, recordings: Path) -> None:
    whole = (recordings / "b.wav").read_bytes()
    (recordings / "cut.wav").write_bytes(whole[: len(whole) // 2])
    outcome = earmark("tag", "recordings/cut.wav")
    assert outcome.code == 0
    assert "read in spite of damage: 1\n  recordings/cut.wav: ends at 3.3" in outcome.err


def test_a_dash_is_stdout(earmark: Program, recordings: Path) -> None:
    expected = earmark("tag", "recordings/a.wav").out
    assert earmark("tag", "recordings/a.wav", "-o", "-").out == expected


def test_a_table_in_a_file_has_no_colours(
    earmark: Program, recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "\x1b" in earmark("tag", "recordings/a.wav").out
    earmark("tag", "recordings/a.wav", "-f", "table", "-o", "table.txt")
    text = Path("table.txt").read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert "━" in text


@pytest.fixture
def calibrated_folder(tmp_path: Path) -> Path:
    labels = [(label.id, label.name) for label in ontology.labels()]
    built = placeholder.build(tmp_path / "calibrated", labels=labels)
    calibrated.calibrate(built)
    return built


@pytest.mark.parametrize("events", [[], ["--events"]])
def test_a_calibrated_tagger_says_probabilities_too(
    earmark: Program, recordings: Path, calibrated_folder: Path, events: list[str]
) -> None:
    args = ["tag", "recordings/a.wav", *events]
    (plain,) = earmark(*args).out.splitlines()
    (line,) = earmark(*args, "-m", calibrated_folder).out.splitlines()
    found = json.loads(line)
    for tag in (*found["tags"], *found.get("events", ())):
        assert 0 <= tag.pop("probability") <= 1
    assert found == json.loads(plain)
    rows = earmark(*args, "-m", calibrated_folder, "-f", "csv").out.splitlines()
    assert rows[0].endswith("score,probability,model")
    assert " %" in earmark(*args, "-m", calibrated_folder, "-f", "table").out


def test_thresholds_of_its_own(earmark: Program, recordings: Path, calibrated_folder: Path) -> None:
    args = ["tag", "recordings/a.wav", "--threshold", "auto", "-k", "527"]
    (line,) = earmark(*args, "-m", calibrated_folder).out.splitlines()
    found = json.loads(line)
    calibration = Bundle.read(calibrated_folder).calibration
    assert calibration is not None
    own = dict(zip((label.id for label in ontology.labels()), calibration.thresholds, strict=True))
    assert 0 < len(found["tags"]) < 527
    assert all(tag["score"] >= own[tag["id"]] - 1e-6 for tag in found["tags"])
    outcome = earmark(*args)
    assert (outcome.code, outcome.out) == (1, "")
    assert "placeholder 1.0 is not calibrated and has no threshold for each class" in outcome.err


@pytest.mark.parametrize("wrong", ["1.5", "-0.1", "high", "nan"])
def test_a_threshold_that_is_none(earmark: Program, recordings: Path, wrong: str) -> None:
    outcome = earmark("tag", "recordings/a.wav", "--threshold", wrong)
    assert outcome.code == 2
    assert f"--threshold {wrong} is no score: give a number from 0 to 1, or auto" in outcome.err
