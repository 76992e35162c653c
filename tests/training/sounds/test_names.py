"""The names of classes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import DataError, UsageError
from earmark.training.sounds.clips import SoundClip, SoundSet, Unlabelled
from earmark.training.sounds.names import alike, settle, table_of
from earmark.training.sounds.settings import SoundSettings


def of(
    *labels: tuple[str, ...], classes: tuple[str, ...] = (), unlabelled: Unlabelled = "leave_out"
) -> SoundSet:
    clips = tuple(SoundClip(path=Path(f"{at}.wav"), labels=each) for at, each in enumerate(labels))
    return SoundSet(
        clips=clips, classes=classes, root=Path("sounds"), how="made up", unlabelled=unlabelled
    )


def test_names_that_may_be_one() -> None:
    found = settle(
        of(("dog",), ("Dog ",), ("door-bell",), ("door bell",), ("cat",)), SoundSettings()
    )
    assert found.classes == ("cat", "Dog", "dog", "door bell", "door-bell")
    assert found.notes == (
        "'Dog' and 'dog' are 2 classes: write them alike if they are one",
        "'door bell' and 'door-bell' are 2 classes: write them alike if they are one",
    )


def test_only_some_classes() -> None:
    sounds = of(("dog", "cat"), ("cat",), ("bird",), ("bird",))
    found = settle(sounds, SoundSettings(classes=("dog", " cat")))
    assert found.classes == ("dog", "cat")
    assert [clip.labels for clip in found.clips] == [("dog", "cat"), ("cat",), (), ()]
    assert found.notes == (
        "labels that are none of the classes asked for do not count: 'bird' (2 clips)",
    )
    with pytest.raises(UsageError, match=r"^no clip is labelled 'dgo': there are 'dog', \.\.\.$"):
        settle(sounds, SoundSettings(classes=("dgo",)))
    with pytest.raises(
        UsageError, match=r"^no clip is labelled 'x': there are 'bird', 'cat', 'dog'$"
    ):
        settle(sounds, SoundSettings(classes=("x",)))


def test_nothing_to_learn() -> None:
    with pytest.raises(DataError, match=r"^sounds holds nothing to learn from: made up$"):
        settle(of(), SoundSettings())
    with pytest.raises(
        DataError, match=r"^sounds holds no class to learn: every clip in it is back"
    ):
        settle(of((), ("background",)), SoundSettings())
    with pytest.raises(DataError, match="holds one class, 'dog', and nothing to tell it from"):
        settle(of(("dog",), ("dog",)), SoundSettings())
    assert settle(of(("dog",), ()), SoundSettings()).classes == ("dog",)
    assert settle(of(("dog",), unlabelled="background"), SoundSettings()).classes == ("dog",)


def test_audiosets_classes_keep_their_ids() -> None:
    table = table_of(["Dog", "gunshot, gunfire", "my own; class", "/m/07yv9", "Vögel"])
    assert [(label.id, label.name) for label in table] == [
        ("/m/0bt9lr", "Dog"),
        ("/m/032s66", "gunshot, gunfire"),
        ("my_own_class", "my own; class"),
        ("/m/07yv9", "Vehicle"),
        ("Vögel", "Vögel"),
    ]


def test_ids_differ_whatever_the_names() -> None:
    assert [label.id for label in table_of(["dog", "Dog", "a b", "a;b", ";"])] == [
        "dog",
        "Dog",
        "a_b",
        "a_b_",
        "class_4",
    ]


@given(names=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=12, unique=True))
def test_tables_are_sound(names: list[str]) -> None:
    table = table_of(names)
    assert [label.index for label in table] == list(range(len(names)))
    assert len({label.id for label in table}) == len(names)
    assert all(label.id and label.name for label in table)
    assert not any(char in label.id for label in table for char in ',;" \n')


def test_what_names_have_in_common() -> None:
    assert alike("Door-Bell ") == alike("door_bell") == alike("door  bell") != alike("doorbell")
