"""Windows of recordings, and beside them a plain computation of the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.training.sounds.windows import Marked, Window, windows

P = 0.96


def cut(
    *marked: Marked, patches: int, unlabelled: bool = False
) -> list[tuple[int, int, tuple[int, ...]]]:
    found = windows(marked, patches=patches, classes=3, unlabelled=unlabelled)
    return [(window.first, window.count, window.labels) for window in found.windows]


def test_a_whole_recording_is_cut_as_the_tagger_cuts_it() -> None:
    whole = Marked(0, None, (1,))
    assert cut(whole, patches=1) == [(0, 1, (1,))]
    assert cut(whole, patches=10) == [(0, 10, (1,))]
    assert cut(whole, patches=25) == [(0, 10, (1,)), (10, 10, (1,)), (20, 5, (1,))]
    assert cut(Marked(0, None, ()), patches=12) == [(0, 10, ()), (10, 2, ())]


def test_a_label_belongs_to_the_patches_it_is_in() -> None:
    # Patches: 0.00 0.96 1.92 2.88 3.84 4.80
    assert cut(Marked(1.0, 2.8, (0,)), patches=5) == [(1, 2, (0,))]
    assert cut(Marked(1.0, 2.8, (0,)), patches=5, unlabelled=True) == [
        (0, 1, ()),
        (1, 2, (0,)),
        (3, 2, ()),
    ]


def test_short_labels_belong_to_the_patch_with_half_of_them() -> None:
    assert cut(Marked(2.0, 2.2, (0,)), patches=5) == [(2, 1, (0,))]
    assert cut(Marked(1.82, 2.02, (0,)), patches=5) == [(1, 2, (0,))]  # 0.1 s in each
    assert cut(Marked(1.86, 2.06, (0,)), patches=5) == [(2, 1, (0,))]  # 0.06 and 0.14 s
    assert cut(Marked(3.0, 3.0, (0,)), patches=5) == [(3, 1, (0,))]  # a point


def test_what_a_label_only_touches_is_nothing() -> None:
    """Neither background, where a bit of the sound is in it, nor an example of the sound."""
    assert cut(Marked(1.86, 2.06, (0,)), patches=4, unlabelled=True) == [
        (0, 1, ()),
        (2, 1, (0,)),
        (3, 1, ()),
    ]
    assert cut(Marked(0, 1.3, (0,)), Marked(0.96, 1.92, (1,)), patches=3, unlabelled=True) == [
        (0, 1, (0,)),
        (1, 1, (1,)),
        (2, 1, ()),
    ]


def test_labels_that_overlap() -> None:
    assert cut(Marked(0, 2.88, (0,)), Marked(1.92, 4.8, (2,)), patches=5) == [
        (0, 2, (0,)),
        (2, 1, (0, 2)),
        (3, 2, (2,)),
    ]


def test_a_stretch_of_background_among_what_is_unknown() -> None:
    assert cut(Marked(0, 0.96, (0,)), Marked(1.92, 3.84, ()), patches=6) == [
        (0, 1, (0,)),
        (2, 2, ()),
    ]


def test_ten_seconds_anywhere_are_ten_patches() -> None:
    for start in (0.0, 3.3, 37.0, 100.123):
        found = cut(Marked(start, start + 10, (0,)), patches=200)
        assert sum(count for _, count, _ in found) in (10, 11)


def test_labels_behind_the_last_patch_are_lost() -> None:
    late = Marked(4.85, 5.0, (0,))
    found = windows([late, Marked(0, 1, (1,))], patches=5, classes=3)
    assert found.lost == (late,)
    assert found.windows == (Window(0, 1, (1,)),)
    assert windows([Marked(9, 10, ())], patches=5, classes=3).lost == ()
    assert cut(late, patches=0) == []


def test_clips_as_the_tagger_cuts_them_come_on_top() -> None:
    marked = [Marked(1.0, 2.8, (0,)), Marked(1.0, 1.9, (2,))]
    found = windows(marked, patches=24, classes=3, unlabelled=True, mixed=True)
    plain = windows(marked, patches=24, classes=3, unlabelled=True)
    assert found.windows[: len(plain.windows)] == plain.windows
    assert found.windows[len(plain.windows) :] == (Window(0, 10, (0, 2)),)
    # A part that is only touched is in it, and nothing that is unknown.
    touched = windows([Marked(1.86, 2.06, (0,))], patches=4, classes=3, unlabelled=True, mixed=True)
    assert touched.windows[-1] == Window(0, 4, (0,))
    unknown = windows([Marked(1.0, 2.8, (0,))], patches=24, classes=3, mixed=True)
    assert unknown.windows == (Window(1, 2, (0,)),)


seconds = st.integers(0, 120).map(lambda n: n / 10)
stretches = st.builds(
    lambda start, length, labels, whole: Marked(
        0.0 if whole else start, None if whole else start + length, tuple(sorted(labels))
    ),
    seconds,
    st.sampled_from([0.0, 0.1, 0.5, 0.9, 2.5, 12.0]),
    st.sets(st.integers(0, 2), max_size=2),
    st.booleans(),
)


@given(st.lists(stretches, max_size=4), st.integers(0, 14), st.booleans())
def test_as_a_plain_computation_has_it(
    marked: list[Marked], patches: int, unlabelled: bool
) -> None:
    found = windows(marked, patches=patches, classes=3, unlabelled=unlabelled)
    expected = [plain(marked, patch, unlabelled=unlabelled) for patch in range(patches)]
    actual: list[tuple[int, ...] | None] = [None] * patches
    for window in found.windows:
        assert 1 <= window.count <= 10
        for patch in range(window.first, window.first + window.count):
            assert actual[patch] is None
            actual[patch] = window.labels
    assert actual == expected


def plain(marked: Sequence[Marked], patch: int, *, unlabelled: bool) -> tuple[int, ...] | None:
    """What a patch is labelled with; None if it is left out."""
    labels, known, touched = set(), unlabelled, False
    begin, end = patch * P, (patch + 1) * P
    for each in marked:
        if each.end is None:
            enough = some = True
        elif each.end == each.start:
            enough = some = begin <= each.start < end
        else:
            common = min(end, each.end) - max(begin, each.start)
            some = common > 1e-6
            enough = common >= min(P, each.end - each.start) / 2 - 1e-6
        if enough:
            labels |= set(each.labels)
            known = True
        touched = touched or (some and bool(each.labels))
    if labels:
        return tuple(sorted(labels))
    return () if known and not touched else None


@pytest.mark.parametrize("length", [0.0, 0.01, 0.2, 0.95, 0.96, 1.0, 3.3])
@given(start=st.floats(0, 5))
def test_no_label_within_the_patches_is_lost(length: float, start: float) -> None:
    assert cut(Marked(start, start + length, (0,)), patches=10)
