"""Recordings told apart by what they hold."""

from __future__ import annotations

import shutil
from pathlib import Path

from training.sounds.making import folders, recording

from earmark.training.sounds import read
from earmark.training.sounds.clips import SoundClip, SoundSet, Split
from earmark.training.sounds.recordings import identify


def of(*clips: SoundClip, root: Path) -> SoundSet:
    return SoundSet(clips=clips, classes=("a", "b"), root=root, how="made up")


def test_each_file_is_a_recording(tmp_path: Path) -> None:
    found = identify(read(folders(tmp_path, each=2)), jobs=2)
    assert len(found.found) == len({each.digest for each in found.found}) == 6
    assert found.found[0].name == "high/high0.wav"
    assert found.found[0].labels == {"high"}
    assert not found.notes
    assert not found.skipped


def test_the_same_recording_in_two_classes_has_both_labels(tmp_path: Path) -> None:
    folders(tmp_path, each=1)
    shutil.copy(tmp_path / "low" / "low0.wav", tmp_path / "high" / "again.wav")
    found = identify(read(tmp_path))
    assert [each.labels for each in found.found if len(each.labels) > 1] == [{"high", "low"}]
    assert found.notes == (
        "1 recording under more than one name (high/again.wav = low/low0.wav): each counts once, "
        "with the labels of all",
    )


def test_rows_of_one_recording_are_joined(tmp_path: Path) -> None:
    path = recording(tmp_path / "x.wav")
    clips = [
        SoundClip(path=path, labels=("a",)),
        SoundClip(path=path, labels=("b", "a")),
        SoundClip(path=path, start=1, end=2, labels=("b",)),
        SoundClip(path=path, start=1, end=2, labels=("b",)),
    ]
    (found,) = identify(of(*clips, root=tmp_path)).found
    assert [clip.labels for clip in found.clips] == [("a", "b"), ("b",)]


def test_what_is_checked_on_is_not_learnt_from(tmp_path: Path) -> None:
    first, second = recording(tmp_path / "x.wav"), tmp_path / "y.wav"
    shutil.copy(first, second)

    def clips(*splits: Split | None) -> SoundSet:
        made = [
            SoundClip(path=path, labels=("a",), split=split)
            for path, split in zip((first, second), splits, strict=True)
        ]
        return of(*made, root=tmp_path)

    found = identify(clips("train", "validation"))
    assert [clip.split for clip in found.found[0].clips] == ["validation"]
    assert found.notes == (
        "1 recording both to learn from and to check on (x.wav = y.wav): left out of what is "
        "learnt from",
    )
    found = identify(clips("test", "validation"))
    assert [clip.split for clip in found.found[0].clips] == ["test"]
    found = identify(clips(None, "train"))
    assert [clip.split for clip in found.found[0].clips] == ["train"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = recording(tmp_path / "x.wav")
    gone = SoundClip(path=tmp_path / "gone.wav", labels=("a",))
    found = identify(of(SoundClip(path=path, labels=("a",)), gone, root=tmp_path))
    assert len(found.found) == 1
    assert [str(each) for each in found.skipped] == [
        "gone.wav: does not exist: check the spelling and the folder"
    ]
