"""The tagger that ships, on real recordings: it hears what is there, and when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import earmark
from earmark.bundle import Bundle
from earmark.evaluation.esc50 import ESC50, esc50_accuracy
from earmark.ontology import labels
from earmark.tagging import Tagger
from earmark.training.distilling.corpus import read_manifest

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "street.flac"


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return earmark.load()


def test_ships_in_at_most_8_mb() -> None:
    files = [path for path in Bundle.find().folder.iterdir() if path.is_file()]
    assert {path.name for path in files} >= {"config.json", "model.safetensors", "README.md"}
    assert sum(path.stat().st_size for path in files) <= 8_000_000


def test_knows_the_527_classes_in_their_order(tagger: Tagger) -> None:
    assert tagger.labels == labels()


def test_hears_all_of_the_example(tagger: Tagger) -> None:
    assert {"Siren", "Rain", "Thunder"} <= {tag.label for tag in tagger.tag(EXAMPLE)}


def test_hears_the_siren_before_the_rain(tagger: Tagger) -> None:
    events = tagger.events(EXAMPLE, threshold=0.3)
    (siren,) = [event for event in events if event.label == "Siren"]
    rain = [event for event in events if event.label == "Rain"]
    assert siren.end <= 5.0
    assert rain
    assert min(event.start for event in rain) >= siren.end


def test_hears_what_people_heard(tagger: Tagger, shared_data: Path) -> None:
    """A quarter of ESC-50's fold 5, which training never heard; the card says 0.69 of all."""
    entries = [e for e in read_manifest(shared_data / "corpus") if e.is_esc50_test()][::4]
    names = [label.name for label in tagger.labels]
    scores = tagger_scores(tagger, [entry.path for entry in entries])
    truth = [entry.labels.partition(";")[0] for entry in entries]
    result = esc50_accuracy(scores, truth, names=names, classes=tuple(ESC50))
    assert result.n_recordings == 100
    assert result.choice >= 0.6
    assert result.top5 >= 0.65


def tagger_scores(tagger: Tagger, paths: list[Path]) -> np.ndarray:
    """Scores of whole recordings: float64 [recording, class]."""
    rows = []
    for path in paths:
        scores = {tag.id: tag.score for tag in tagger.tag(path, top_k=len(tagger.labels))}
        rows.append([scores[label.id] for label in tagger.labels])
    return np.array(rows)
