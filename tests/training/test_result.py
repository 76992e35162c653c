"""The folder that training leaves: what it computes, what stands in it, what goes wrong."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import placeholder
import pytest
import sounds
import torch
from training.synthetic import some_clips

from earmark.bundle import Bundle
from earmark.classifiers.base import ClipClassifier
from earmark.classifiers.session import Classifier
from earmark.embedders import Embedder
from earmark.embedders.identity import Identity
from earmark.errors import DataError
from earmark.tagging.tagger import Tagger
from earmark.training.averaged import Averaged
from earmark.training.choice import ClassifierChoice
from earmark.training.clips import Clips
from earmark.training.data import TrainingData
from earmark.training.result import METRICS, read_outcome, write_tagger
from earmark.training.settings import TrainSettings
from earmark.training.trained import Outcome, Trained
from earmark.training.validating import Measured

CLIPS = some_clips(12)
SIZES = {"kind": "feature_level_attention", "hidden": 8, "n_layers": 1}
SETTINGS = TrainSettings.model_validate({"classifier": SIZES, "licence": "CC0-1.0"})
FOUND = Measured(mAP=0.5, mAUC=0.75, d_prime=float("inf"), accuracy=0.25, loss=0.1, clips=12)


def outcome(seed: int = 1, **changes: Any) -> Outcome:
    return replace(
        Outcome(
            seed=seed,
            iterations=10,
            batch=5,
            seconds=2.0,
            clips_per_second=25.0,
            loss=0.125,
            best_iteration=None,
            validation=None,
            test=FOUND,
        ),
        **changes,
    )


def trained(folder: Path, *runs: Outcome) -> Trained:
    folder.mkdir(exist_ok=True)
    return Trained(
        folder=folder,
        settings=SETTINGS,
        runs=runs or (outcome(),),
        validation=None,
        test=FOUND,
        notices=("something may be wrong",),
    )


def write(result: Trained, network: ClipClassifier, data: TrainingData, *, kind: str = "x") -> None:
    write_tagger(result, network, name=result.folder.name, kind=kind, data=data)


def classifier(seed: int = 0) -> ClipClassifier:
    torch.manual_seed(seed)
    return ClassifierChoice.model_validate(SIZES).build(n_classes=5).eval()


def test_the_tagger_computes_what_was_trained(tmp_path: Path) -> None:
    members = [classifier(0), classifier(1)]
    folder = tmp_path / "mine"
    several = trained(folder, outcome(1), outcome(2, test=replace(FOUND, mAP=0.6)))
    write(several, Averaged(members), TrainingData(CLIPS), kind="average of 2")
    bundle = Bundle.find(folder)
    assert bundle.config.classifier == "average of 2"
    found, patches = Classifier(bundle.classifier, identity=CLIPS.identity, classes=5)(
        CLIPS.frames, CLIPS.mask()
    )
    with torch.no_grad():
        each = [member(*Clips(CLIPS, classes=5).run(0, 12)) for member in members]
    np.testing.assert_allclose(found, (each[0][0] + each[1][0]) / 2, atol=1e-5)
    real = CLIPS.mask()
    np.testing.assert_allclose(patches[real], ((each[0][1] + each[1][1]) / 2)[real], atol=1e-5)
    card = (folder / "README.md").read_text()
    assert "The mean of 2 classifiers of kind `feature_level_attention`" in card
    assert "| seed 2, test | 12 | 0.6000 |" in card
    assert "test mAP 0.5500 ± 0.0707" in card
    assert json.loads((folder / METRICS).read_text())["spread"]["test mAP"]["mean"] == 0.55
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


def test_logits_of_an_average_are_of_the_mean_score() -> None:
    both = Averaged([classifier(0), classifier(1)])
    embeddings, mask = Clips(CLIPS, classes=5).run(0, 12)
    with torch.no_grad():
        torch.testing.assert_close(
            both.clip_logits(embeddings, mask).sigmoid(), both(embeddings, mask)[0]
        )


@pytest.mark.parametrize("source", ["placeholder", "compact"])
def test_with_an_embedder_it_takes_recordings(source: str, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    if source == "placeholder":
        placeholder.build(folder, labels=[("/a", "a")])
    old = Bundle.find(folder if source == "placeholder" else "compact")
    clips = some_clips(12, identity=old.config.embedder)
    data = TrainingData(clips, embedder=old.folder)
    write(trained(tmp_path / "mine"), classifier(), data)
    new = Bundle.find(tmp_path / "mine")
    patches = np.random.default_rng(0).normal(size=(3, 96, 64)).astype(np.float32)
    identity = new.config.embedder
    assert identity == old.config.embedder
    first, second = (Embedder(each.embedder, identity=identity)(patches) for each in (old, new))
    np.testing.assert_array_equal(first, second)
    scores, _ = Classifier(new.classifier, identity=identity, classes=5)(clips.frames, clips.mask())
    with torch.no_grad():
        wanted = classifier()(*Clips(clips, classes=5).run(0, 12))[0]
    np.testing.assert_allclose(scores, wanted, atol=1e-5)
    tags = Tagger.load(tmp_path / "mine").tag(
        sounds.write_wav(tmp_path / "a.wav", sounds.tone(500, 3.0))
    )
    assert {tag.label for tag in tags} == {label.name for label in clips.table}
    assert "It is a whole tagger" in new.card.read_text()


@pytest.mark.usefixtures("no_graphs")
def test_the_card_says_what_there_is_to_know(tmp_path: Path) -> None:
    data = TrainingData(CLIPS, test=some_clips(7, seed=1), describe="embeddings in `a.h5`")
    one = trained(tmp_path / "mine")
    write(one, classifier(), data)
    card = (tmp_path / "mine" / "README.md").read_text()
    for said in (
        "# mine 1",
        "A classifier of kind `feature_level_attention` that hears 5 classes",
        "vggish 1 with PCA audioset",
        "Its weights are under CC0-1.0",
        "Embeddings in `a.h5`.",
        "| train | 12 |",
        "| test | 7 |",
        "Something may be wrong.",
        "| **test** | 12 | 0.5000 | 0.7500 | inf | 0.250 |",
        "10 iterations of 5 clips in 2.0 seconds (25 clips/s)",
        "does not give the same embeddings for the same sound",
        "A score is no probability until it is calibrated",
        "hidden: 8",
    ):
        assert said in card, said
    assert max(map(len, card.splitlines())) < 1000
    own = TrainingData(some_clips(5, exclusive=True, identity=Identity("x", "1")), exclusive=True)
    unmeasured = replace(one, folder=tmp_path / "own", test=None)
    unmeasured.folder.mkdir()
    write(unmeasured, classifier(), own)
    card = (tmp_path / "own" / "README.md").read_text()
    assert "Nobody measured it" in card
    assert "released as VGGish" not in card
    assert "gives each class a share of 1" in card


@pytest.mark.usefixtures("no_graphs")
def test_what_a_run_came_to_is_read_back(tmp_path: Path) -> None:
    one = outcome(validation=replace(FOUND, mAP=float("nan"), d_prime=1.5))
    write(trained(tmp_path / "mine", one), classifier(), TrainingData(CLIPS))
    path = tmp_path / "mine" / METRICS
    found = read_outcome(path)
    assert found.validation is not None
    assert np.isnan(found.validation.mAP)
    assert replace(found, validation=None, test=None) == replace(one, validation=None, test=None)
    assert '"mAP": null' in path.read_text()
    path.write_text(path.read_text().replace("iterations", "iterationz"))
    with pytest.raises(DataError, match=r"metrics.json is damaged: remove .*mine to have that run"):
        read_outcome(path)


def test_a_full_disk_leaves_no_tagger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("earmark.training.result.export_tagger", full)
    with pytest.raises(DataError, match=r"mine cannot be written: No space left on device; make"):
        write(trained(tmp_path / "mine"), classifier(), TrainingData(CLIPS))
    assert not (tmp_path / "mine" / "config.json").exists()
