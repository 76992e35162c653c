"""``earmark evaluate``."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import placeholder
import pytest
from formats.record_making import some_clips

from earmark.bundle import Bundle
from earmark.embedders.identity import AUDIOSET, Identity
from earmark.evaluation.averaging import average
from earmark.evaluation.evaluate import evaluate
from earmark.evaluation.predicting import predict
from earmark.evaluation.predictions import Predictions
from earmark.formats import EmbeddingSet, Labels, segments, write
from earmark.ontology import Label, labels

from .conftest import Program
from .test_interruption import PROGRAM

IDENTITY = Identity.parse(placeholder.IDENTITY, where="placeholder")
CLIPS = some_clips(300, identity=IDENTITY)
TRUTH = CLIPS.labels.to_multi_hot(527)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with a small set in it."""
    monkeypatch.chdir(tmp_path)
    write("set.tfrecord", CLIPS)
    return tmp_path


@pytest.fixture(scope="module")
def scores(folder: Path) -> Predictions:
    (found,) = predict(folder, CLIPS)
    return found


def _few(here: Path, name: str = "few", *, reverse: bool = False) -> Path:
    """Make a tagger of three of AudioSet's classes."""
    known = [(label.id, label.name) for label in labels()[:3]]
    return placeholder.build(here / name, labels=known[::-1] if reverse else known)


def _json(earmark: Program, *args: str | Path) -> Any:
    outcome = earmark("evaluate", *args, "--format", "json", "-q")
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


def test_one_object_with_all_metrics(earmark: Program, folder: Path, scores: Predictions) -> None:
    outcome = earmark("evaluate", folder, "--data", "set.tfrecord", "--format", "json")
    assert outcome.code == 0
    found = json.loads(outcome.out)
    wanted = evaluate(TRUTH, scores.scores, labels())
    for name in ("mAP", "mAUC", "d_prime", "lwlrap", "hit_at_1", "perr", "map_at_20", "gap"):
        assert found[name] == pytest.approx(getattr(wanted, name), abs=1e-5)
    assert (found["n_clips"], found["n_classes"], found["title"]) == (300, 527, "placeholder 1.0")
    assert found["n_without_positives"] == wanted.n_without_positives
    assert [each["id"] for each in found["classes"]] == [label.id for label in labels()]
    assert found["members"] == found["unknown_labels"] == found["unlabelled_classes"] == []
    assert f"in no clip, and left out of means: {wanted.n_without_positives} classes" in outcome.err
    assert "\nread 300 clips with " in outcome.err


def test_several_are_averaged(earmark: Program, here: Path) -> None:
    one, other = _few(here), _few(here, "reversed", reverse=True)
    found = _json(earmark, one, other, "--data", "set.tfrecord")
    parts = [next(predict(each, CLIPS)) for each in (one, other)]
    mean = average(parts)
    assert found["title"] == "average of 2"
    wanted = evaluate(TRUTH[:, :3], mean.scores, mean.table)
    assert found["mAP"] == pytest.approx(wanted.mAP, abs=1e-5)
    first, second = found["members"]
    alone = evaluate(TRUTH[:, :3], parts[0].scores, mean.table)
    assert first["mAP"] == pytest.approx(alone.mAP, abs=1e-5)
    alone = evaluate(TRUTH[:, 2::-1], parts[1].scores, parts[1].table)
    assert second["mAP"] == pytest.approx(alone.mAP, abs=1e-5)


def test_a_folder_of_taggers_stands_for_all_of_them(earmark: Program, here: Path) -> None:
    (here / "runs").mkdir()
    for seed in range(3):
        _few(here, f"runs/seed={seed}")
    (here / "runs" / "notes").mkdir()
    found = _json(earmark, "runs", "--data", "set.tfrecord")
    assert (found["title"], len(found["members"])) == ("average of 3", 3)


def test_predictions_in_files_need_no_embeddings(
    earmark: Program, folder: Path, scores: Predictions
) -> None:
    segments.write(Path("list.csv"), [CLIPS])
    whole = _json(earmark, folder, "--data", "set.tfrecord")
    for name in ("p.parquet", "p.csv"):
        earmark("predict", folder, "set.tfrecord", "-o", name)
    found = _json(earmark, "--predictions", "p.parquet", "--data", "list.csv")
    assert found == whole
    assert found == _json(earmark, "-p", "p.parquet", "--data", "set.tfrecord")
    outcome = earmark("evaluate", "-p", "p.csv", "--data", "list.csv", "--format", "json")
    best = json.loads(outcome.out)
    assert best["gap"] == pytest.approx(whole["gap"], abs=1e-4)
    assert "have the best classes of each clip only" in outcome.err
    both = _json(earmark, folder, "-p", "p.parquet", "--data", "set.tfrecord")
    assert both["mAP"] == pytest.approx(whole["mAP"])
    assert [each["title"] for each in both["members"]] == ["placeholder 1.0"] * 2


def test_kongs_checkpoints_are_averaged_as_ibms_are(
    earmark: Program, scores: Predictions, here: Path
) -> None:
    folder = here / "runs" / "probs" / "main"
    folder.mkdir(parents=True)
    both = [scores.scores, scores.scores**2]
    for iteration, each in zip((1000, 2000), both, strict=True):
        np.savez(folder / f"prob_{iteration}_iters.npz", scores=each, ids=np.array(CLIPS.ids))
    wanted = evaluate(TRUTH, (both[0] + both[1]) / 2, labels())
    named = _json(earmark, *sorted(folder.iterdir()), "--data", "set.tfrecord")
    assert named == _json(earmark, "-p", "runs/**/prob_*.npz", "--data", "set.tfrecord")
    assert named["mAP"] == pytest.approx(wanted.mAP, abs=1e-6)
    assert [each["title"] for each in named["members"]] == ["prob_1000_iters", "prob_2000_iters"]
    outcome = earmark("evaluate", "-p", "runs/*.npz", "--data", "set.tfrecord")
    assert outcome.code == 1
    assert "runs/*.npz matches nothing: check the pattern" in outcome.err


def test_a_workspace_as_kong_lays_it_out(earmark: Program, here: Path) -> None:
    inner = "main/balance_type=no_balance/model_type=logistic"
    for name in (f"one/models/{inner}", f"two/models/{inner}/seed=1", f"two/models/{inner}/seed=2"):
        _few(here, name)
    assert _json(earmark, "one", "--data", "set.tfrecord")["title"] == "placeholder 1.0"
    assert _json(earmark, "two", "--data", "set.tfrecord")["title"] == "average of 2"


def test_classes_in_a_csv_with_label_quality(earmark: Program, here: Path) -> None:
    Path("quality.csv").write_text(
        f"label_id,num_rated,num_true\n{labels()[0].id},10,9\n{labels()[1].id},0,0\n"
    )
    outcome = earmark(
        "evaluate", _few(here), "-d", "set.tfrecord", "-f", "csv", "--label-quality", "quality.csv"
    )
    rows = list(csv.DictReader(outcome.out.splitlines()))
    assert [row["name"] for row in rows] == [label.name for label in labels()[:3]]
    assert [row["label_quality"] for row in rows] == ["0.900000", "", ""]
    assert [int(row["count"]) for row in rows] == TRUTH[:, :3].sum(axis=0).tolist()


def test_the_table_for_people(earmark: Program, here: Path) -> None:
    outcome = earmark("evaluate", _few(here), "--data", "set.tfrecord", "-f", "table")
    lines = outcome.out.splitlines()
    assert lines[:2] == ["placeholder 1.0", "set.tfrecord: 300 clips, 3 classes"]
    assert any(line.startswith("  mAP     0.") for line in lines)
    assert any(line.startswith("  best classes") for line in lines)
    assert any(line.startswith("  worst classes") for line in lines)


def test_files_go_where_they_are_named(earmark: Program, here: Path) -> None:
    few = _few(here)
    outcome = earmark("evaluate", few, "--data", "set.tfrecord", "-o", "out")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err.endswith("wrote out/metrics.json, out/classes.csv, out/report.html\n")
    wanted = _json(earmark, few, "--data", "set.tfrecord")
    assert json.loads(Path("out/metrics.json").read_text()) == wanted
    assert len(Path("out/classes.csv").read_text().splitlines()) == 4
    assert Path("out/report.html").read_text().startswith("<!doctype html>\n")
    earmark("evaluate", few, "--data", "set.tfrecord", "-o", "m.json", "--report", "r.html")
    assert json.loads(Path("m.json").read_text()) == wanted
    assert "<h1>placeholder 1.0</h1>" in Path("r.html").read_text()
    before = sorted(here.rglob("*"))
    earmark("evaluate", few, "--data", "set.tfrecord", "-o", "out")
    assert sorted(here.rglob("*")) == before


def test_a_report_shows_the_curves_that_are_asked_for(earmark: Program, folder: Path) -> None:
    args = ("evaluate", folder, "--data", "set.tfrecord", "--report", "r.html", "-f", "csv")
    name = labels()[int(CLIPS.labels.values[0])].name
    assert earmark(*args, "--curve", name).code == 0
    assert f"together and for {name}</desc>" in Path("r.html").read_text()
    outcome = earmark(*args, "--curve", "Thundr")
    assert outcome.code == 2
    assert "there is no label 'Thundr': did you mean 'Thunder'" in outcome.err


def test_labels_come_from_a_list(earmark: Program, here: Path) -> None:
    write("bare.h5", replace(CLIPS, labels=Labels.none(300)))
    outcome = earmark("evaluate", _few(here), "--data", "bare.h5")
    assert outcome.code == 1
    assert outcome.err == (
        "earmark: none of the 300 clips has a label, and without labels nobody knows what is "
        "right: give them with --segments CSV\n"
    )
    segments.write(Path("list.csv"), [CLIPS])
    found = _json(earmark, "few", "--data", "bare.h5", "--segments", "list.csv")
    assert found == _json(earmark, "few", "--data", "set.tfrecord")


def test_labels_that_only_one_side_knows_are_named(earmark: Program, here: Path) -> None:
    table = (
        Label(0, "/m/hum", "Hum"),
        *(Label(at + 1, each.id, each.name) for at, each in enumerate(labels()[1:3])),
    )
    rows = [[at % 3] for at in range(300)]
    write("own.h5", replace(CLIPS, labels=Labels.of(rows), table=table))
    outcome = earmark("evaluate", _few(here), "--data", "own.h5", "-f", "json")
    assert outcome.code == 0
    found = json.loads(outcome.out)
    assert found["n_classes"] == 2
    assert found["unknown_labels"] == [{"id": "/m/hum", "name": "Hum", "count": 100}]
    assert [each["name"] for each in found["unlabelled_classes"]] == ["Speech"]
    first, second, *_ = outcome.err.splitlines()
    assert first == (
        "left out, as placeholder 1.0 does not know it: Hum (100 clips), 1 label of the set"
    )
    assert second == "left out, as the set has no label for it: Speech, 1 class of placeholder 1.0"


def test_calibration_is_kept_in_the_tagger(earmark: Program, here: Path) -> None:
    few = _few(here)
    outcome = earmark("evaluate", few, "-d", "set.tfrecord", "--calibrate", "-f", "table")
    assert outcome.code == 0
    assert outcome.err.endswith("wrote few/calibration.csv\n".replace("few", str(few)))
    assert " -> " in outcome.out
    calibration = Bundle.find(few).calibration
    assert calibration is not None
    assert calibration.n_clips == 300
    again = earmark("evaluate", few, "-d", "set.tfrecord", "-f", "table")
    assert " -> " in again.out
    assert "calibrated" in again.out


def test_what_cannot_be_calibrated(earmark: Program, here: Path) -> None:
    outcome = earmark("evaluate", "compact", "--data", "set.tfrecord", "--calibrate")
    assert outcome.code == 2
    assert "compact comes with earmark and stays as it is: copy its folder (" in outcome.err
    outcome = earmark("evaluate", "-p", "p.csv", "--data", "set.tfrecord", "--calibrate")
    assert outcome.code == 2
    assert "--calibrate needs a tagger" in outcome.err
    table = tuple(labels()[:2])
    write("two.h5", replace(CLIPS, labels=Labels.of([[0], [1]] * 150), table=table))
    few = _few(here)
    outcome = earmark("evaluate", few, "--data", "two.h5", "--calibrate", "-f", "json")
    assert outcome.code == 1
    assert "placeholder 1.0 cannot be calibrated: the set has no label for 1 of its" in outcome.err
    assert not (few / "calibration.csv").exists()


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--data", "set.tfrecord"], 2, "nothing is to be evaluated: name a tagger, or a file"),
        (["nobody", "-d", "set.tfrecord"], 1, "there is no tagger 'nobody'"),
        (["few"], 2, "missing option '--data'"),
        (["few", "-d", "list.csv"], 2, "--data list.csv is a list of segments, without embeddings"),
        (["few", "-d", "set.tfrecord", "-o", "x.txt"], 2, "x.txt may be anything: call it .json"),
        (["few", "-d", "set.tfrecord", "-o", "x.csv", "-f", "table"], 2, "is for a terminal"),
        (["few", "-d", "set.tfrecord", "--report", "r.pdf"], 2, "r.pdf is a page: call it .html"),
        (["few", "-d", "set.tfrecord", "-o", "no/x.csv"], 2, "written: there is no folder no"),
        (["few", "-d", "set.tfrecord", "--report", "no/x.html"], 2, "there is no folder no"),
        (["few", "-d", "set.tfrecord", "-o", "set.tfrecord/x"], 2, "cannot be made: Not a dir"),
        (["few", "-d", "set.tfrecord", "-p", "gone.csv"], 1, "gone.csv does not exist"),
        (["few", "-d", "set.tfrecord", "--label-quality", "list.csv"], 1, "must have the columns"),
        (["few", "-d", "empty.h5"], 1, "there are no clips to evaluate on: see what --data"),
        (["few", "-d", "theirs.h5"], 1, "placeholder 1.0 cannot score it: the embedding set belo"),
    ],
)
def test_what_makes_no_sense(
    earmark: Program, here: Path, args: list[str], code: int, message: str
) -> None:
    _few(here)
    segments.write(Path("list.csv"), [CLIPS])
    write("empty.h5", EmbeddingSet.empty(identity=IDENTITY, table=labels()))
    write("theirs.h5", some_clips(3, identity=AUDIOSET))
    before = sorted(here.rglob("*"))
    outcome = earmark("evaluate", *args)
    assert outcome.code == code
    assert message in outcome.err
    assert outcome.out == ""
    assert sorted(here.rglob("*")) == before


def test_predictions_of_other_clips(earmark: Program, here: Path, folder: Path) -> None:
    other = replace(CLIPS, ids=tuple(f"other-{at}" for at in range(300)))
    write("other.tfrecord", other)
    earmark("predict", folder, "other.tfrecord", "-o", "p.parquet")
    outcome = earmark("evaluate", "-p", "p.parquet", "-d", "set.tfrecord")
    assert outcome.code == 1
    assert "has none of the set's clips, as '-00000', but 300 others, as 'other-0'" in outcome.err
    mixed = EmbeddingSet.concatenate([CLIPS[:100], other[:20]])
    write("mixed.tfrecord", mixed)
    earmark("predict", folder, "mixed.tfrecord", "-o", "p.parquet")
    outcome = earmark("evaluate", "-p", "p.parquet", "-d", "set.tfrecord", "-f", "json")
    assert json.loads(outcome.out)["n_clips"] == 100
    assert "without predictions: 200 clips of the set\n" in outcome.err
    assert "not in the set: 20 clips of the predictions\n" in outcome.err


def test_damaged_records_are_named_and_the_others_judged(earmark: Program, here: Path) -> None:
    data = bytearray(Path("set.tfrecord").read_bytes())
    data[100] ^= 1
    Path("set.tfrecord").write_bytes(data)
    outcome = earmark("evaluate", _few(here), "-d", "set.tfrecord", "-f", "json", "-q")
    assert outcome.code == 1
    assert json.loads(outcome.out)["n_clips"] == 299
    assert outcome.err.startswith("damaged: set.tfrecord at byte 0: ")
    assert outcome.err.endswith("damaged and left out: 1\n")


def test_a_calibration_that_cannot_be_kept(
    earmark: Program, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = _few(here)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("earmark.classifiers.calibration.Calibration.write", full)
    outcome = earmark("evaluate", few, "-d", "set.tfrecord", "--calibrate", "-f", "csv")
    assert outcome.code == 1
    assert f"{few / 'calibration.csv'} cannot be written: No space left on device" in outcome.err


def test_ctrl_c_writes_nothing(here: Path) -> None:
    few = _few(here)
    os.mkfifo("endless.tfrecord")
    process = subprocess.Popen(
        [*PROGRAM, "evaluate", str(few), "-d", "endless.tfrecord", "-o", "m.json"],
        stderr=subprocess.PIPE,
    )
    data = Path("set.tfrecord").read_bytes()
    with Path("endless.tfrecord").open("wb") as pipe:
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            pipe.write(data)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.decode().startswith("interrupted; read ")
    assert not Path("m.json").exists()


def test_a_tagger_that_is_read_only_is_only_read(earmark: Program, here: Path) -> None:
    few = _few(here)
    copy = shutil.copytree(few, here / "copy")
    _json(earmark, copy, "--data", "set.tfrecord")
    for path in few.iterdir():
        assert (copy / path.name).read_bytes() == path.read_bytes()
    assert np.array_equal(
        sorted(p.name for p in copy.iterdir()), sorted(p.name for p in few.iterdir())
    )
