"""``earmark predict``."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import placeholder
import pytest
from evaluation.prediction_making import a_calibration
from formats.record_making import some_clips

from earmark.bundle import Bundle
from earmark.embedders.identity import AUDIOSET, Identity
from earmark.evaluation.predicting import predict
from earmark.evaluation.prediction_files import read_predictions
from earmark.evaluation.predictions import Predictions
from earmark.formats import Labels, write

from .conftest import Program
from .test_interruption import PROGRAM

IDENTITY = Identity.parse(placeholder.IDENTITY, where="placeholder")
MADE = some_clips(300, identity=IDENTITY)
CLIPS = replace(MADE, ids=("--4gqARaEJE", *MADE.ids[1:]))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with a small set in it."""
    monkeypatch.chdir(tmp_path)
    write("set.tfrecord", CLIPS)
    return tmp_path


@pytest.fixture(scope="module")
def wanted(folder: Path) -> Predictions:
    (found,) = predict(folder, CLIPS)
    return found


def test_every_score_goes_into_parquet(earmark: Program, folder: Path, wanted: Predictions) -> None:
    outcome = earmark("predict", folder, "set.tfrecord", "-o", "p.parquet")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err.startswith(f"read 300 clips with {len(CLIPS.labels.values)} labels in ")
    assert outcome.err.endswith(" clips/s); wrote p.parquet\n")
    found = read_predictions("p.parquet")
    np.testing.assert_allclose(found.scores, wanted.scores, atol=1e-6)
    assert found == replace(wanted, scores=found.scores)


def test_youtube8ms_csv_goes_by_the_name(earmark: Program, folder: Path) -> None:
    assert earmark("predict", folder, "set.tfrecord", "-o", "p.csv", "-q").err == ""
    head, *lines = Path("p.csv").read_text().splitlines()
    assert head == "VideoId,LabelConfidencePairs"
    assert [line.split(",")[0] for line in lines] == list(CLIPS.ids)
    assert all(len(line.split()) == 40 for line in lines)
    outcome = earmark("predict", folder, "set.tfrecord", "--format", "youtube8m", "-k", 3)
    assert [line.split(" ")[:6] for line in outcome.out.splitlines()[1:]] == [
        line.split(" ")[:6] for line in lines
    ]


def test_objects_and_rows_with_names(earmark: Program, folder: Path, wanted: Predictions) -> None:
    outcome = earmark("predict", folder, "set.tfrecord", "--limit", 2)
    objects = [json.loads(line) for line in outcome.out.splitlines()]
    assert [each["id"] for each in objects] == list(CLIPS.ids[:2])
    assert [len(each["tags"]) for each in objects] == [20, 20]
    best = next(wanted.tags(top_k=1))[0]
    assert objects[0]["tags"][0]["label"] == best.label
    assert outcome.err.startswith("read 2 clips with ")
    outcome = earmark("predict", folder, "set.tfrecord", "--limit", 2, "-f", "tags", "-k", 3)
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    assert [row["id"] for row in rows] == [CLIPS.ids[0]] * 3 + [CLIPS.ids[1]] * 3
    assert rows[0]["label"] == best.label


def test_chosen_clips_as_a_table(earmark: Program, folder: Path) -> None:
    args = ("predict", folder, "set.tfrecord", "-f", "table", "--clip", "17", "--clip")
    outcome = earmark(*args, "--4gqARaEJE")
    first, link, *tags = outcome.out.splitlines()
    assert first.startswith("--4gqARaEJE  ")
    start = int(CLIPS.starts[0])
    assert link == f"  https://www.youtube.com/watch?v=--4gqARaEJE&t={start}s"
    names = [CLIPS.table[at].name for at in CLIPS.labels[0].tolist()]
    assert (tags[5] if names else "  labelled: ").startswith("  labelled: " + ", ".join(names)[:60])
    assert f"\n{CLIPS.ids[17]}  " in outcome.out
    assert outcome.out.count("\n\n") == 1
    assert "youtube.com" not in earmark(*args[:-1], "--no-links", "--clip", "0").out


def test_a_clip_that_is_not_there(earmark: Program, folder: Path) -> None:
    outcome = earmark("predict", folder, "set.tfrecord", "--clip", "x", "--clip", "0")
    assert outcome.code == 1
    assert json.loads(outcome.out)["id"] == CLIPS.ids[0]
    assert outcome.err == (
        "earmark: there is no clip 'x' among 300: give an id, as '--4gqARaEJE', or a number from 0 "
        "to 299\n"
    )


def test_times_come_from_a_list(earmark: Program, folder: Path) -> None:
    write("bare.h5", replace(CLIPS, starts=CLIPS.starts * np.nan, labels=Labels.none(300)))
    Path("list.csv").write_text("id,start,labels\n--4gqARaEJE,30,Rain\n")
    args = ("predict", folder, "bare.h5", "--segments", "list.csv", "--clip", "0", "-f", "table")
    outcome = earmark(*args)
    assert "&t=30s\n" in outcome.out
    assert outcome.out.endswith("  labelled: Rain\n")
    assert "1 of 300 clips are in list.csv" in outcome.err


def test_probabilities_in_place_of_scores(
    earmark: Program, here: Path, wanted: Predictions
) -> None:
    known = [(label.id, label.name) for label in wanted.table]
    tagger = placeholder.build(here / "tagger", labels=known)
    outcome = earmark("predict", tagger, "set.tfrecord", "--calibrated", "-o", "p.parquet")
    assert outcome.code == 1
    assert "placeholder 1.0 is not calibrated: run `earmark evaluate --calibrate`" in outcome.err
    calibration = a_calibration(527)
    calibration.write(tagger / "calibration.csv", labels=Bundle.find(tagger).labels)
    earmark("predict", tagger, "set.tfrecord", "--calibrated", "-o", "p.parquet")
    found = read_predictions("p.parquet")
    np.testing.assert_allclose(found.scores, calibration.apply(wanted.scores), atol=1e-5)
    assert found.title == "placeholder 1.0, calibrated"
    beside = json.loads(earmark("predict", tagger, "set.tfrecord", "--limit", 1).out)
    assert {"score", "probability"} <= set(beside["tags"][0])
    assert " %" in earmark("predict", tagger, "set.tfrecord", "--limit", 1, "-f", "table").out


def test_the_average_of_several(earmark: Program, folder: Path, here: Path) -> None:
    few = [(label.id, label.name) for label in Bundle.find(folder).labels[:70]]
    one, other = (
        placeholder.build(here / name, labels=each)
        for name, each in (("one", few), ("other", few[::-1]))
    )
    earmark("predict", one, "set.tfrecord", "--with", other, "-o", "p.parquet")
    parts = [next(predict(each, CLIPS)).scores for each in (one, other)]
    found = read_predictions("p.parquet")
    np.testing.assert_allclose(found.scores, (parts[0] + parts[1][:, ::-1]) / 2, atol=1e-6)
    assert found.title == "average of 2"
    outcome = earmark("predict", one, "set.tfrecord", "--with", folder, "-o", "p.parquet")
    assert outcome.code == 1
    assert "placeholder 1.0 cannot be averaged with those of other classes: '/" in outcome.err


def test_embeddings_of_another_embedder_are_refused(earmark: Program, folder: Path) -> None:
    write("theirs.h5", some_clips(3, identity=AUDIOSET))
    outcome = earmark("predict", folder, "theirs.h5", "-o", "p.csv")
    assert outcome.code == 1
    assert (
        "placeholder 1.0 cannot score it: the embedding set belongs to embedder vgg" in outcome.err
    )
    assert not Path("p.csv").exists()


def test_damaged_records_are_named_and_the_others_scored(earmark: Program, folder: Path) -> None:
    data = bytearray(Path("set.tfrecord").read_bytes())
    data[100] ^= 1
    Path("set.tfrecord").write_bytes(data)
    outcome = earmark("predict", folder, "set.tfrecord", "-o", "p.parquet", "-q")
    assert outcome.code == 1
    assert outcome.err.startswith("damaged: set.tfrecord at byte 0: ")
    assert outcome.err.endswith("damaged and left out: 1\n")
    assert read_predictions("p.parquet").ids == CLIPS.ids[1:]


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["-o", "p.txt"], 2, "p.txt may be of any format: call it .parquet, .csv (YouTube-8M's)"),
        (["-f", "parquet"], 2, "--format parquet needs a file: name it with --output"),
        (["-f", "table", "-o", "p.csv"], 2, "--format table is for a terminal"),
        (["-f", "jsonl", "-o", "set.tfrecord"], 2, "--output set.tfrecord is one of the inputs"),
        (["-o", "no/such/p.csv"], 2, "no/such/p.csv cannot be written: No such file or directory"),
        (["gone.h5", "-o", "p.csv"], 1, "gone.h5 does not exist"),
        (["--split", "eval", "--from", "hdf5"], 2, "has no split 'eval'"),
    ],
)
def test_what_makes_no_sense(
    earmark: Program, folder: Path, args: list[str], code: int, message: str
) -> None:
    outcome = earmark("predict", folder, "set.tfrecord", *args)
    assert outcome.code == code
    assert message in outcome.err
    assert outcome.out == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_sentence(earmark: Program, folder: Path, here: Path) -> None:
    assert earmark("predict", folder, "set.tfrecord", "-o", "p.csv").code == 0
    before = Path("p.csv").read_bytes()
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        result = subprocess.run(
            [*PROGRAM, "predict", str(folder), "set.tfrecord", "-f", "jsonl"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert result.returncode == 1
    assert result.stderr.decode() == (
        "earmark: stdout cannot be written: No space left on device\n"
    )
    assert Path("p.csv").read_bytes() == before


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_ctrl_c_leaves_the_old_file_and_nothing_else(suffix: str, folder: Path, here: Path) -> None:
    output = Path(f"out{suffix}")
    output.write_text("old")
    os.mkfifo("endless.tfrecord")
    process = subprocess.Popen(
        [*PROGRAM, "predict", str(folder), "endless.tfrecord", "-o", str(output)],
        stderr=subprocess.PIPE,
    )
    data = Path("set.tfrecord").read_bytes()
    with Path("endless.tfrecord").open("wb") as pipe:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not list(here.glob(".out.*.part")):
            pipe.write(data)
        for _ in range(20):
            pipe.write(data)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.decode().startswith("interrupted; read ")
    assert err.decode().endswith(f"; {output} was not written\n")
    assert output.read_text() == "old"
    assert {path.name for path in here.iterdir()} == {
        "set.tfrecord",
        "endless.tfrecord",
        output.name,
    }


def test_two_at_once_do_not_disturb_each_other(folder: Path, here: Path) -> None:
    command = [*PROGRAM, "predict", str(folder), "set.tfrecord", "-o", "p.parquet", "-q"]
    running = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    assert read_predictions("p.parquet").ids == CLIPS.ids
    assert {path.name for path in here.iterdir()} == {"set.tfrecord", "p.parquet"}


def test_a_terminal_gets_the_table(
    earmark: Program, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "━" in earmark("predict", folder, "set.tfrecord", "--limit", 1).out
