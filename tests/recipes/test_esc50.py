"""The measurement on ESC-50, with tones in the place of its recordings."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import sounds
import yaml

from earmark.bundle import Bundle
from earmark.training.embedders.batches import OfPatches
from earmark.training.embedders.network import read_network
from earmark.training.embedders.refit import OfInner
from recipes import esc50

pytestmark = pytest.mark.usefixtures("one_thread")

TONES = {"Dog": 300, "Rooster": 2000, "Owl": 5000}


@pytest.fixture
def recipe(tmp_path: Path) -> esc50.Recipe:
    folder = tmp_path / "recordings"
    folder.mkdir()
    rows = []
    for fold in range(1, 6):
        for label, hz in TONES.items():
            name = f"{fold}-{label}.wav"
            seconds = 1.0 + fold / 2
            sounds.write_wav(folder / name, sounds.tone(hz * (1 + fold / 100), seconds))
            group = "twins" if (fold, label) in ((1, "Dog"), (5, "Dog")) else ""
            rows.append([name, "CC0", f"{label};more", f"esc50:{fold}", group])
    rows.append(["other.wav", "CC0", "Speech", "", ""])
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["path", "licence", "labels", "fold", "group"], *rows])
    return esc50.Recipe(
        recordings=folder,
        workspace=tmp_path / "work",
        copies=1,
        few=esc50.Few(classes=(2,), clips=(1, 2), draws=2),
    )


def test_what_may_be_the_same_sound_is_on_one_side(recipe: esc50.Recipe) -> None:
    clips = esc50.heard(recipe, "patches", OfPatches())
    assert len(clips.frames) == 15
    assert [each.shape[0] for each in clips.frames] == [2] * 15
    assert sorted({each.shape[1] for each in clips.frames}) == [1, 2, 3]
    tested = np.flatnonzero(clips.folds == 5)
    learnt = clips.learnt(tested)
    assert set(clips.folds[learnt]) == {1, 2, 3, 4}
    assert len(learnt) == 11
    assert "1-Dog.wav" not in {clips.entries[at].path.name for at in learnt}
    assert set(clips.names) == set(TONES)


def test_the_tables(recipe: esc50.Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    base = read_network(Bundle.find("compact"))
    clips = esc50.heard(recipe, "inner", OfInner(base, key="compact"))
    monkeypatch.setattr(esc50, "load", None)  # the second time they come from the workspace
    again = esc50.heard(recipe, "inner", OfInner(base, key="compact"))
    for first, second in zip(clips.frames, again.frames, strict=True):
        np.testing.assert_array_equal(first, second)
    refit = partial(esc50.refitted, recipe, clips)
    ways = {
        "frozen": esc50.Way(recipe, base, clips),
        "refit": esc50.Way(recipe, base, clips, copies=True, adapt=refit),
    }
    folds = esc50.table_of_folds(ways, clips).splitlines()
    assert (
        folds[2] == "| frozen | 1.000 | 1.000 to 1.000 | 1.000 | 1.000 | 1.000 to 1.000 | 1.000 |"
    )
    few = esc50.table_of_few(ways, clips, recipe).splitlines()
    assert few[0] == "| classes | clips of each | frozen | refit |"
    assert few[2].startswith("| 2 | 1 | 1.000 ± 0.000 |")
    assert len(few) == 4


def test_draws_are_the_same_every_time(recipe: esc50.Recipe) -> None:
    clips = esc50.heard(recipe, "patches", OfPatches())
    first, again = (list(esc50.draws(clips, recipe, classes=2, count=2)) for _ in range(2))
    for (learnt, tested), (other, same) in zip(first, again, strict=True):
        np.testing.assert_array_equal(learnt, other)
        np.testing.assert_array_equal(tested, same)
        assert len(learnt) == 4
        assert set(clips.names[learnt]) == set(clips.names[tested])
        assert set(clips.folds[tested]) == {5}


def test_the_settings_are_as_they_should_be() -> None:
    path = Path(esc50.__file__).with_suffix(".yaml")
    esc50.Recipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
