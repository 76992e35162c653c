"""A folder for each class."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from training.sounds.making import folders, labels_of, recording

from earmark.errors import DataError
from earmark.training.sounds import SoundSettings, read


def test_a_folder_for_each_class(tmp_path: Path) -> None:
    found = read(folders(tmp_path, each=2))
    assert found.classes == ("high", "low", "middle")
    assert labels_of(found)["low/low0.wav"] == ("low",)
    assert len(found) == 6
    assert {clip.split for clip in found.clips} == {None}
    assert found.how == f"{tmp_path} has a folder for each of 3 classes"
    assert not found.notes
    assert not found.skipped


def test_nested_and_hidden_files(tmp_path: Path) -> None:
    folders(tmp_path, each=1)
    recording(tmp_path / "low" / "2024" / "May" / "deep.wav")
    for name in (".hidden.wav", ".git/x.wav", "low/.DS_Store", "low/._low0.wav", ".cache/a/b.wav"):
        recording(tmp_path / name)
    found = read(tmp_path)
    assert sorted(labels_of(found)) == [
        "high/high0.wav",
        "low/2024/May/deep.wav",
        "low/low0.wav",
        "middle/middle0.wav",
    ]
    assert labels_of(found)["low/2024/May/deep.wav"] == ("low",)


@pytest.mark.parametrize(
    "names", [("train", "val", "test"), ("Training", "validation"), ("train", "valid", "eval")]
)
def test_train_val_and_test_above(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        folders(tmp_path / name, each=2, classes=("low", "high"))
    found = read(tmp_path)
    assert found.classes == ("high", "low")
    assert [clip.split for clip in found.clips].count("train") == 4
    assert {clip.split for clip in found.clips} == set(
        ("train", "validation", "test")[: len(names)]
    )
    assert found.how.endswith(f"2 classes in each of {', '.join(sorted(names))}")


def test_a_class_may_be_called_test(tmp_path: Path) -> None:
    assert read(folders(tmp_path, classes=("test", "dog"))).classes == ("dog", "test")
    assert read(folders(tmp_path / "x", classes=("test", "val"))).classes == ("test", "val")


def test_what_is_no_recording_is_counted(tmp_path: Path) -> None:
    folders(tmp_path, each=1)
    (tmp_path / "low" / "notes.txt").write_text("nothing")
    (tmp_path / "low" / "LICENCE").write_text("nothing")
    (tmp_path / "high" / "sounds.zip").write_text("nothing")
    recording(tmp_path / "alone.wav")
    notes = read(tmp_path).notes
    assert notes == (
        "1 recording in no class's folder (alone.wav): left out",
        "3 files with other extensions than recordings have (.txt, .zip, none): left out",
    )


def test_an_empty_class_is_named(tmp_path: Path) -> None:
    folders(tmp_path, each=1)
    (tmp_path / "nothing here").mkdir()
    found = read(tmp_path)
    assert found.classes == ("high", "low", "middle")
    assert found.notes == ("class 'nothing here' has no recordings: it is left out",)


def test_links_are_followed_but_never_in_circles(tmp_path: Path) -> None:
    elsewhere = recording(tmp_path / "elsewhere" / "a.wav")
    root = folders(tmp_path / "sounds", each=1)
    (root / "low" / "linked.wav").symlink_to(elsewhere)
    (root / "low" / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    (root / "low" / "round").symlink_to(root / "low")
    (root / "high" / "up").symlink_to(root)
    (root / "linked class").symlink_to(elsewhere.parent)
    found = read(root)
    names = labels_of(found)
    assert names["low/linked.wav"] == ("low",)
    assert names["linked class/a.wav"] == ("linked class",)
    assert set(names) == {
        "high/high0.wav",
        "linked class/a.wav",
        "low/linked.wav",
        "low/low0.wav",
        "middle/middle0.wav",
    }
    assert [str(each) for each in found.skipped] == [
        f"{root / 'low' / 'gone.wav'}: is a link to something that does not exist: mend the link"
    ]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read all")
def test_folders_that_may_not_be_read(tmp_path: Path) -> None:
    folders(tmp_path, each=1)
    (tmp_path / "low").chmod(0)
    try:
        found = read(tmp_path)
    finally:
        (tmp_path / "low").chmod(0o755)
    assert "may not be read" in str(found.skipped[0])


def test_names_of_every_kind(tmp_path: Path) -> None:
    for name in ("Gunshot, gunfire", "Vögel; groß", "鳥", "a'b", " spaces "):
        recording(tmp_path / name / f"{name} 1.wav")
    found = read(tmp_path)
    assert set(found.classes) == {"Gunshot, gunfire", "Vögel; groß", "鳥", "a'b", "spaces"}


def test_background_is_no_class(tmp_path: Path) -> None:
    folders(tmp_path, each=1, classes=("low", "Background", "noise"))
    found = read(tmp_path)
    assert found.classes == ("low", "noise")
    assert labels_of(found)["Background/Background0.wav"] == ()
    assert "'noise' is learnt as a class like the others" in found.notes[0]
    found = read(tmp_path, SoundSettings(background=("Noise",)))
    assert found.classes == ("low",)
    assert not found.notes


def test_one_class_needs_something_to_tell_it_from(tmp_path: Path) -> None:
    folders(tmp_path, classes=("low",))
    with pytest.raises(DataError, match="holds one class, 'low', and nothing to tell it from: add"):
        read(tmp_path)
    folders(tmp_path, classes=("_background_noise_",))
    assert read(tmp_path).classes == ("low",)
