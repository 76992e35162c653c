"""The commands and the Python of docs/evaluation.md, with a few clips in place of AudioSet's."""

from __future__ import annotations

import json
import shlex
import sys
import tarfile
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import placeholder
import pytest
from formats.record_making import some_clips
from test_readme import ROOT, SKIPPED, blocks, commands, run_python

from earmark.bundle import Bundle
from earmark.cli.main import run
from earmark.embedders.identity import AUDIOSET
from earmark.evaluation.predicting import predict
from earmark.evaluation.prediction_files import read_predictions
from earmark.formats import segments, write
from earmark.ontology import labels

PAGE = ROOT / "docs" / "evaluation.md"
MADE = some_clips(40)
CLIPS = replace(MADE, ids=("--4gqARaEJE", *MADE.ids[1:]))


def _tagger(name: str) -> None:
    """Make a tagger of AudioSet's embeddings, without an embedder."""
    known = [(label.id, label.name) for label in labels()]
    folder = placeholder.build(Path(name), labels=known)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "embedder": asdict(AUDIOSET)}))
    (folder / "embedder.onnx").unlink()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all the files that the page speaks of."""
    monkeypatch.chdir(tmp_path)
    Path("eval").mkdir()
    write("eval/00.tfrecord", CLIPS)
    with tarfile.open("features.tar.gz", "w:gz") as archive:
        archive.add("eval")
    for name in ("eval.npz", "kong.h5", "validation.h5"):
        write(name, CLIPS)
    segments.write(Path("eval_segments.csv"), [CLIPS])
    Path("qa_true_counts.csv").write_text("label_id,num_rated,num_true\n/m/09x0r,10,10\n")
    for name in ("mine", "seeds/seed-1", "seeds/seed-2", "checkpoints/1000", "checkpoints/2000"):
        _tagger(name)
    Path("runs/probs/main").mkdir(parents=True)
    (predictions,) = predict("mine", CLIPS)
    for iteration in (1000, 2000):
        path = Path(f"runs/probs/main/prob_{iteration}_iters.npz")
        np.savez(path, scores=predictions.scores, ids=np.array(CLIPS.ids))
    return tmp_path


def test_all_of_it_runs(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shown = PAGE.read_text(encoding="utf-8")
    page = "\n".join(line for line in shown.splitlines() if not SKIPPED.fullmatch(line.strip()))
    variables: dict[str, object] = {"__name__": "__page__"}
    for block in blocks(page):
        if block.language == "python":
            run_python(block, page=PAGE.name, variables=variables)
            continue
        for command in commands(block.text):
            _type(command, capfd)
    assert json.loads(Path("metrics.json").read_text())["n_clips"] == 40
    assert Path("classes.csv").read_text().startswith("index,id,name,count,ap,auc,d_prime,lwlrap,")
    assert Path("eval.csv").read_text().startswith("VideoId,LabelConfidencePairs\n--4gqARaEJE,")
    assert Path("tags.csv").read_text().startswith("id,start,end,label_id,label,score,prob")
    assert Path("report.html").read_text().count("<svg") == 4
    calibration = Bundle.find("mine").calibration
    assert calibration is not None
    scores = read_predictions("eval.parquet").scores
    found = read_predictions("probabilities.parquet").scores
    np.testing.assert_allclose(found, calibration.apply(scores), atol=1e-5)
    assert read_predictions("big.parquet").ids == CLIPS.ids


def _type(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Run a command; ``>`` sends what it prints into a file."""
    program, *arguments = shlex.split(command)
    assert program == "earmark"
    target = None
    if ">" in arguments:
        *arguments, _, target = arguments
    code = run(arguments)
    sys.stdout.flush()
    out, err = capfd.readouterr()
    assert code == 0, f"{command}\n{err}"
    assert out or "-o" in arguments, command
    if target is not None:
        Path(target).write_text(out)


def test_every_option_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for command in ("predict", "evaluate", "train"):
        assert run([command, "--help"]) == 0
    said = {word.rstrip(",") for word in capsys.readouterr().out.split() if word.startswith("--")}
    asked = {word.rstrip(".,`") for word in page.replace("`", " ").split() if word.startswith("--")}
    unknown = {word for word in asked if word[2:].replace("-", "").isalpha()} - said
    assert not unknown, "the page speaks of options that there are not"
