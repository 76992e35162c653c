"""ESC-50 asked of a tagger of AudioSet's classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from earmark.errors import DataError
from earmark.evaluation.esc50 import ESC10, ESC50, esc50_accuracy
from earmark.ontology import labels
from earmark.training.distilling.corpus import read_manifest

NAMES = [label.name for label in labels()]


def test_fifty_classes_and_ten() -> None:
    assert len(ESC50) == 50
    assert len(ESC10) == len(set(ESC10)) == 10
    assert set(ESC10) <= set(ESC50)


@pytest.mark.parametrize("name", ESC50)
def test_every_class_is_mapped_to_classes_that_there_are(name: str) -> None:
    assert ESC50[name]
    assert set(ESC50[name]) <= set(NAMES)


def test_no_class_of_audioset_stands_for_two_of_esc50() -> None:
    used = [name for names in ESC50.values() for name in names]
    assert len(used) == len(set(used))


def test_the_labels_are_those_of_the_recordings(shared_data: Path) -> None:
    entries = [e for e in read_manifest(shared_data / "corpus") if "esc50:" in e.fold]
    assert {entry.labels.partition(";")[0] for entry in entries} == set(ESC50)
    ten = {entry.labels.partition(";")[0] for entry in entries if "esc10" in entry.fold}
    assert ten == set(ESC10)


def heard(*names: str) -> np.ndarray:
    """Scores that fall from name to name."""
    scores = np.zeros(len(NAMES), np.float32)
    for rank, name in enumerate(names):
        scores[NAMES.index(name)] = 0.9 - rank / 10
    return scores


def test_choice_and_top_five_by_hand() -> None:
    speech = ("Speech", "Music", "Vehicle", "Animal", "Silence")
    scores = np.stack(
        [
            heard("Bark"),  # right, by either measure
            heard(*speech, "Meow"),  # right among the fifty, but not among five tags
            heard("Oink", "Moo"),  # a pig, and a cow among the first five
            heard("Siren"),  # wrong
        ]
    )
    found = esc50_accuracy(scores, ["Dog", "Cat", "Cow", "Rain"], names=NAMES)
    assert (found.choice, found.top5, found.n_recordings) == (0.5, 0.5, 4)


def test_only_the_classes_asked_about_are_chosen_from() -> None:
    scores = heard("Siren", "Helicopter")[None]
    assert esc50_accuracy(scores, ["Helicopter"], names=NAMES).choice == 0
    assert esc50_accuracy(scores, ["Helicopter"], names=NAMES, classes=ESC10).choice == 1


def test_a_tagger_may_lack_names() -> None:
    found = esc50_accuracy(np.array([[0.2, 0.7]]), ["Dog"], names=["Bark", "Music"])
    assert (found.choice, found.top5) == (1, 1)


def test_a_class_that_is_not_asked_about_is_refused() -> None:
    with pytest.raises(DataError, match="'Cow' is none of the 10 classes asked about"):
        esc50_accuracy(np.zeros((1, 527)), ["Cow"], names=NAMES, classes=ESC10)


def test_no_recordings_are_refused() -> None:
    with pytest.raises(DataError, match="no recordings of ESC-50"):
        esc50_accuracy(np.zeros((0, 527)), [], names=NAMES)
