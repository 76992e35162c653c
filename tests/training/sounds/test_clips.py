"""What a set of sounds is, before it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from earmark.errors import DataError
from earmark.training.sounds.clips import SoundClip, SoundSet, in_order, many

HERE = Path("sounds")


def of_folds(*folds: str | None) -> SoundSet:
    clips = tuple(
        SoundClip(path=HERE / f"{at}.wav", fold=fold, labels=("a",))
        for at, fold in enumerate(folds)
    )
    return SoundSet(clips=clips, classes=("a",), root=HERE, how="made up")


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (-1.0, None, r"^a\.wav: starts at -1\.0 s, and must at 0 or after$"),
        (float("nan"), None, "starts at nan s"),
        (2.0, 1.0, r"^a\.wav: ends at 1\.0 s, before its start at 2\.0$"),
        (0.0, float("inf"), "ends at inf s"),
    ],
)
def test_times_that_make_no_sense(start: float, end: float | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        SoundClip(path=Path("a.wav"), start=start, end=end)


def test_what_a_clip_is() -> None:
    assert SoundClip(path=Path("a.wav")).is_whole
    assert not SoundClip(path=Path("a.wav"), end=1.0).is_whole
    assert SoundClip(path=Path("a-0.NPY")).is_block


def test_folds_are_held_out() -> None:
    sounds = of_folds("1", "2", "10", None)
    assert sounds.folds == ("1", "2", "10")
    parts = [clip.split for clip in sounds.hold_out("10").clips]
    assert parts == ["train", "train", "test", "train"]
    parts = [clip.split for clip in sounds.hold_out("1", split="validation").clips]
    assert parts == ["validation", "train", "train", "train"]
    with pytest.raises(DataError, match=r"^sounds has no fold '3': it has 1, 2, 10$"):
        sounds.hold_out("3")
    with pytest.raises(DataError, match=r"it has none$"):
        of_folds(None).hold_out("3")


def test_names_as_seen_from_the_folder() -> None:
    sounds = of_folds("1")
    assert sounds.name_of(HERE / "a" / "b.wav") == "a/b.wav"
    assert sounds.name_of(Path("/elsewhere/b.wav")) == "/elsewhere/b.wav"
    assert repr(sounds) == "SoundSet(1 clips, 1 classes)"


def test_numbers_in_words_and_in_order() -> None:
    assert [many(1, "clip"), many(2, "clip"), many(0, "class")] == [
        "1 clip",
        "2 clips",
        "0 classes",
    ]
    assert in_order(["b", "10", "9", "a"]) == ("9", "10", "a", "b")
