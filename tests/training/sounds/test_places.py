"""Files that lists name, wherever they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from training.sounds.making import recording

from earmark.training.sounds import places
from earmark.training.sounds.places import Places


def test_the_folder_where_most_are(tmp_path: Path) -> None:
    recording(tmp_path / "one" / "a.wav")
    for name in "abc":
        recording(tmp_path / "two" / f"{name}.wav")
    found = Places.of(["a.wav", "b.wav"], folders=[tmp_path / "one", tmp_path / "two"])
    assert found.base == tmp_path / "two"
    assert found.find("c") == tmp_path / "two" / "c.wav"
    assert found.find("d.wav") is None


def test_by_name_alone(tmp_path: Path) -> None:
    for name in ("1/a.wav", "2/b.wav", "3/b.wav"):
        recording(tmp_path / name)
    found = Places.of(["a.wav", "b.wav"], folders=[tmp_path, tmp_path / "missing"])
    assert found.base is None
    assert found.find("a.wav") == found.find("x\\a.wav") == found.find("a") == tmp_path / "1/a.wav"
    assert found.find("b.wav") is None
    assert found.why_not("b.wav").startswith("there are 2 files of this name, as ")
    assert found.why_not("c.wav") == f"does not exist below {tmp_path}: check the name"


def test_it_does_not_look_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_MOST_FILES", 2)
    for name in ("1/a.wav", "2/b.wav", "3/c.wav"):
        recording(tmp_path / name)
    found = Places.of(["x.wav"], folders=[tmp_path])
    assert found.find("b.wav") is not None
    assert found.find("c.wav") is None


def test_nowhere() -> None:
    found = Places.of([], folders=[Path("nowhere")])
    assert found.find("a") is None
    assert found.searched == "any folder"
