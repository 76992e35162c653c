"""Recordings with labels -> windows: runs of patches in which the same is to be heard.

Patches lie on the grid on which the tagger lays them, from the recording's beginning on, so that
what is learnt from is what is met later. A label belongs to a patch if it takes up half of it or,
being shorter, if half of it lies in the patch. A patch that a label only touches is neither an
example of that class nor of its lack, and is left out unless it is one of another class.

Where labels have times, clips of ten patches as the tagger cuts them come on top, with all labels
that are in them: so it is learnt, too, to find what is to be heard in a part of a clip only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from earmark.features import PATCH_SECONDS
from earmark.formats import CLIP_FRAMES

__all__ = ["Marked", "Window", "Windows", "windows"]

_ENOUGH = 0.5
_SLACK = 1e-6  # times are rounded to microseconds


@dataclass(frozen=True)
class Marked:
    """A stretch of a recording and the numbers of the classes to be heard in it."""

    start: float
    """In seconds."""
    end: float | None
    """None for the recording's end."""
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Window:
    """Patches that follow each other and are labelled alike: a clip to learn from."""

    first: int
    """Which patch of the recording it begins with."""
    count: int
    """How many patches, up to ten."""
    labels: tuple[int, ...]
    """Ascending; none for background."""


@dataclass(frozen=True)
class Windows:
    """The windows of a recording."""

    windows: tuple[Window, ...]
    lost: tuple[Marked, ...] = ()
    """Labelled stretches that no patch has half of: they lie behind the last whole patch."""


def windows(
    marked: Sequence[Marked],
    *,
    patches: int,
    classes: int,
    unlabelled: bool = False,
    mixed: bool = False,
) -> Windows:
    """Cut a recording to windows.

    Parameters
    ----------
    marked : sequence of Marked
        What is to be heard in it, and where.
    patches : int
        How many the recording has.
    classes : int
        How many there are.
    unlabelled : bool
        Whether what no stretch covers is background; else it is left out.
    mixed : bool
        Whether to add clips as the tagger cuts them, of patches with different labels.
    """
    has = np.zeros((patches, classes), np.bool_)
    touched = np.zeros(patches, np.bool_)
    known = np.full(patches, unlabelled)
    lost = []
    for stretch in marked:
        enough, some = _overlap(stretch, patches)
        for label in stretch.labels:
            has[enough, label] = True
        known |= enough
        if stretch.labels:
            touched |= some
            if not enough.any():
                lost.append(stretch)
    kept = has.any(axis=1) | (known & ~touched)
    runs = _runs(has, kept)
    more = _mixed(has, kept | touched) if mixed else []
    return Windows((*runs, *more), tuple(lost))


def _overlap(stretch: Marked, patches: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which patches have enough of a stretch, and which have any of it: bool [patches] each."""
    if stretch.start == 0 and stretch.end is None:
        # All of it, whatever is repeated to fill the patch of a short one.
        whole = np.ones(patches, np.bool_)
        return whole, whole
    starts = np.arange(patches) * PATCH_SECONDS
    end = np.inf if stretch.end is None else stretch.end
    if end == stretch.start:  # a point
        at = (starts <= end) & (end < starts + PATCH_SECONDS)
        return at, at
    common = np.minimum(end, starts + PATCH_SECONDS) - np.maximum(stretch.start, starts)
    least = _ENOUGH * min(PATCH_SECONDS, end - stretch.start)
    return common >= least - _SLACK, common > _SLACK


def _runs(has: NDArray[np.bool_], kept: NDArray[np.bool_]) -> list[Window]:
    """Cut where labels change, where patches are left out, and after every ten."""
    if not len(kept):
        return []
    change = (has[1:] != has[:-1]).any(axis=1) | (kept[1:] != kept[:-1])
    edges = [0, *(np.flatnonzero(change) + 1).tolist(), len(kept)]
    return [
        Window(first, min(CLIP_FRAMES, end - first), tuple(np.flatnonzero(has[first]).tolist()))
        for begin, end in pairwise(edges)
        if kept[begin]
        for first in range(begin, end, CLIP_FRAMES)
    ]


def _mixed(has: NDArray[np.bool_], known: NDArray[np.bool_]) -> list[Window]:
    """Cut after every ten; give the clips with different labels of which nothing is unknown."""
    found = []
    for first in range(0, len(has), CLIP_FRAMES):
        clip = has[first : first + CLIP_FRAMES]
        if known[first : first + CLIP_FRAMES].all() and (clip != clip[0]).any():
            labels = tuple(np.flatnonzero(clip.any(axis=0)).tolist())
            found.append(Window(first, len(clip), labels))
    return found
