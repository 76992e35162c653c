"""Which recordings to learn from and which to check on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.training.sounds.clips import SoundClip, Split
from earmark.training.sounds.recordings import Recording
from earmark.training.sounds.settings import SoundSettings
from earmark.training.sounds.splitting import fold_of, split, stratify


def some(
    labels: Iterable[Iterable[str]],
    *,
    groups: Iterable[str | None] = (),
    splits: Iterable[Split | None] = (),
    folds: Iterable[str | None] = (),
) -> list[Recording]:
    made = []
    groups, splits, folds = list(groups), list(splits), list(folds)
    for at, names in enumerate(labels):
        clip = SoundClip(
            path=Path(f"{at}.wav"),
            labels=tuple(names),
            group=groups[at] if groups else None,
            split=splits[at] if splits else None,
            fold=folds[at] if folds else None,
        )
        made.append(Recording(f"{at:064x}", clip.path, clip.path.name, (clip,)))
    return made


def parts(recordings: Iterable[Recording]) -> list[Split | None]:
    return [each.clips[0].split for each in recordings]


def test_each_class_has_its_share_on_both_sides() -> None:
    recordings = some(["abc"[at % 3]] for at in range(30))
    found = split(recordings, SoundSettings())
    assert not found.notes
    held = [each for each in found.recordings if each.clips[0].split == "validation"]
    assert sorted(each.clips[0].labels[0] for each in held) == list("aabbcc")


def test_three_parts() -> None:
    recordings = some(["ab"[at % 2]] for at in range(40))
    found = parts(split(recordings, SoundSettings(validation=0.25, test=0.25)).recordings)
    assert [found.count(part) for part in ("train", "validation", "test")] == [20, 10, 10]


def test_the_same_seed_splits_the_same_and_another_does_not() -> None:
    recordings = some(["ab"[at % 2]] for at in range(40))
    first = parts(split(recordings, SoundSettings(seed=3)).recordings)
    again = {
        each.digest: each for each in split(recordings[::-1], SoundSettings(seed=3)).recordings
    }
    assert first == parts(again[each.digest] for each in recordings)
    assert first != parts(split(recordings, SoundSettings(seed=4)).recordings)


def test_groups_stay_together() -> None:
    """Also those that one recording joins."""
    groups = [f"g{at // 4}" for at in range(40)]
    found = split(some((["ab"[at % 2]] for at in range(40)), groups=groups), SoundSettings())
    sides: dict[str, set[Split | None]] = {}
    for each, group in zip(found.recordings, groups, strict=True):
        sides.setdefault(group, set()).add(each.clips[0].split)
    assert all(len(side) == 1 for side in sides.values())
    assert set.union(*sides.values()) == {"train", "validation"}


def test_groups_that_a_recording_joins_are_one() -> None:
    clips = tuple(SoundClip(path=Path("x.wav"), labels=("a",), group=name) for name in ("g", "h"))
    joining = Recording("f" * 64, Path("x.wav"), "x.wav", clips)
    others = some([["a"]] * 6, groups=["g", "g", "h", "h", None, None])
    found = split([*others, joining], SoundSettings(validation=0.5)).recordings
    assert len({each.clips[0].split for each in (*found[:4], found[6])}) == 1


def test_background_is_on_both_sides() -> None:
    found = split(some([["a"]] * 10 + [[]] * 10), SoundSettings()).recordings
    assert parts(found[10:]).count("validation") == 2


def test_what_is_said_holds() -> None:
    labels = [["a"]] * 8
    said: list[Split | None] = ["train", "train", "train", "train", "validation", "validation"]
    found = split(some(labels, splits=[*said, None, "test"]), SoundSettings())
    assert parts(found.recordings) == [*said, "train", "test"]
    said = ["train", "train", "train", "train", "train", "train", None, "test"]
    found = split(some(labels, splits=said), SoundSettings(validation=0.3))
    assert parts(found.recordings).count("validation") == 2
    assert parts(found.recordings)[7] == "test"


def test_the_last_fold_is_to_check_on_if_nobody_says_more() -> None:
    found = split(some([["a"]] * 6, folds=["1", "2", "10"] * 2), SoundSettings())
    assert parts(found.recordings) == ["train", "train", "validation"] * 2
    assert found.notes == ("fold 10 is to check on, the others are to learn from",)
    found = split(some([["a"]] * 6, folds=["1", "2", "10"] * 2), SoundSettings(validation=0))
    assert set(parts(found.recordings)) == {"train"}


def test_too_few_examples_are_named() -> None:
    found = split(some([["a"]] * 10 + [["b"]] * 2 + [["c"]]), SoundSettings())
    assert set(parts(found.recordings[10:])) == {"train"}
    assert found.notes == (
        "class 'b' has 2 recordings, too few to keep one to check on: it is learnt, and how well "
        "stays unknown",
        "class 'c' has 1 recording, too few to keep one to check on: it is learnt, and how well "
        "stays unknown",
    )
    found = split(some([["a"], ["b"]]), SoundSettings())
    assert found.notes == (
        "2 recordings are too few to keep any to check on: all are learnt from, and how good the "
        "result is stays unknown",
    )
    assert not split(some([["a"], ["b"]]), SoundSettings(validation=0)).notes


def test_a_recording_on_both_sides_is_named() -> None:
    clips = tuple(
        SoundClip(path=Path("x.wav"), start=at, end=at + 1, labels=("a",), split=part)
        for at, part in enumerate[Split | None](["train", "validation", None])
    )
    found = split([Recording("0" * 64, Path("x.wav"), "x.wav", clips)], SoundSettings())
    assert [clip.split for clip in found.recordings[0].clips] == ["train", "validation", "train"]
    assert found.notes[0].startswith("1 recording with stretches both to learn from and to check")


def test_folds() -> None:
    recordings = some(
        (["abc"[at % 3]] for at in range(60)), groups=[f"g{at // 2}" for at in range(60)]
    )
    found = fold_of(recordings, folds=5)
    assert np.bincount(found).tolist() == [12] * 5
    assert (found[::2] == found[1::2]).all()


def test_nothing_to_split() -> None:
    assert split([], SoundSettings()).recordings == ()


@settings(max_examples=60)
@given(
    st.integers(3, 60).flatmap(
        lambda n: st.lists(
            st.sets(st.integers(0, 4), min_size=1, max_size=2), min_size=n, max_size=n
        )
    ),
    st.integers(0, 5),
)
def test_every_class_of_enough_groups_is_on_both_sides(rows: list[set[int]], seed: int) -> None:
    counts = np.array([[at in row for at in range(5)] for row in rows], np.int64)
    found = stratify(counts, shares=[0.75, 0.25], seed=seed)
    assert set(found.tolist()) <= {0, 1}
    for at in range(5):
        if counts[:, at].sum() >= 6:
            assert (counts[:, at][found == 0] > 0).any()
    single = counts[counts.sum(axis=1) == 1]
    again = stratify(single, shares=[0.75, 0.25], seed=seed)
    for at in range(5):
        having = single[:, at] > 0
        held = int((again[having] == 1).sum())
        assert abs(held - 0.25 * having.sum()) <= 1


@pytest.mark.parametrize(("count", "held"), [(1, 0), (2, 0), (3, 1), (5, 1), (10, 2), (100, 20)])
def test_how_many_are_kept(count: int, held: int) -> None:
    found = stratify(np.ones((count, 1), np.int64), shares=[0.8, 0.2])
    assert int(found.sum()) == held
