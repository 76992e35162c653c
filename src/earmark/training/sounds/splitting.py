"""Which recordings to learn from and which to check on, where nobody says so.

Classes are shared out one by one, the rarest first, so that each has its part on every side
(iterative stratification: Sechidis, Tsoumakas and Vlahavas 2011). What belongs together, as the
windows of one recording do, stays on one side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from earmark.training.sounds.clips import SoundClip, Split, in_order, many
from earmark.training.sounds.recordings import Recording
from earmark.training.sounds.settings import SoundSettings

__all__ = ["Splitting", "fold_of", "split", "stratify"]


@dataclass(frozen=True)
class Splitting:
    """Recordings whose clips all are for something."""

    recordings: tuple[Recording, ...]
    notes: tuple[str, ...] = ()


def stratify(
    counts: NDArray[np.integer], *, shares: Sequence[float], seed: int = 1
) -> NDArray[np.intp]:
    """Share groups out, so that every part has its share of each class.

    Parameters
    ----------
    counts : int [groups, classes]
        How much each group has of each class.
    shares : sequence of float
        How much of everything each part is to have.
    seed : int
        Which of all the ways that are as good.

    Returns
    -------
    int [groups]
        The part of each. With shares of 0.8 and 0.2, the second part has something of each class
        of three groups or more.
    """
    share = np.asarray(shares, np.float64) / np.sum(shares)
    wanted = np.outer(share, counts.sum(axis=0)).astype(np.float64)  # (part, class)
    room = share * len(counts)
    order = np.random.default_rng(seed).permutation(len(counts))
    parts = np.full(len(counts), -1, np.intp)
    left = counts.sum(axis=0)
    while (parts < 0).any():
        rarest = int(np.where(left > 0, left, np.iinfo(left.dtype).max).argmin())
        waiting = order[parts[order] < 0]
        amounts = counts[waiting, rarest]
        if left.any():
            waiting, amounts = waiting[amounts > 0], amounts[amounts > 0]
        for group in waiting[np.argsort(-amounts, kind="stable")]:
            needs = wanted[:, rarest] if amounts.any() else room
            # Where several need that class as much: where the group's other classes are needed.
            best = np.flatnonzero(np.isclose(needs, needs.max()))
            others = np.round(wanted[best] @ counts[group], 6)
            part = int(best[np.lexsort((-room[best], -others))[0]])
            parts[group] = part
            wanted[part] -= counts[group]
            room[part] -= 1
            left = left - counts[group]
    return parts


def fold_of(recordings: Sequence[Recording], *, folds: int, seed: int = 1) -> NDArray[np.intp]:
    """Share recordings out to folds for cross-validation, from 0.

    Parameters
    ----------
    recordings : sequence of Recording
    folds : int
        How many.
    seed : int

    Returns
    -------
    int [recordings]
    """
    return _parts(recordings, shares=[1 / folds] * folds, seed=seed)


def split(recordings: Sequence[Recording], settings: SoundSettings) -> Splitting:
    """Decide what every recording is for.

    Where the person says which to check on, that holds. Where there are folds and nobody says what
    for, the last is to check on. Else a share of the recordings is.
    """
    said = {part for recording in recordings for part in recording.splits}
    folds = in_order({clip.fold for each in recordings for clip in each.clips if clip.fold})
    if said == {None} and len(folds) > 1 and settings.validation:
        last = folds[-1]
        chosen = [replace(each, clips=tuple(_by_fold(each, last))) for each in recordings]
        return Splitting(
            tuple(chosen), (f"fold {last} is to check on, the others are to learn from",)
        )
    shares = {
        "train": 1.0,
        "validation": 0.0 if "validation" in said else settings.validation,
        "test": 0.0 if "test" in said else settings.test,
    }
    shares["train"] -= shares["validation"] + shares["test"]
    free = [at for at, each in enumerate(recordings) if each.splits <= {None, "train"}]
    names: list[Split] = ["train", "validation", "test"]
    parts = _parts(
        [recordings[at] for at in free], shares=[shares[name] for name in names], seed=settings.seed
    )
    part_of = {at: names[part] for at, part in zip(free, parts.tolist(), strict=True)}
    done = [_for(each, part_of.get(at, "train")) for at, each in enumerate(recordings)]
    return Splitting(tuple(done), tuple(_notes(done, shares["validation"])))


def _parts(
    recordings: Sequence[Recording], *, shares: Sequence[float], seed: int
) -> NDArray[np.intp]:
    """Share recordings out, those of one group together: int [recordings]."""
    if not recordings:
        return np.empty(0, np.intp)
    group_of = _groups(recordings)
    groups = sorted(set(group_of), key=lambda name: hashlib.sha256(name.encode()).digest())
    classes = sorted({label for each in recordings for label in each.labels})
    counts = np.zeros((len(groups), len(classes) + 1), np.int32)
    place = {name: at for at, name in enumerate(groups)}
    column = {name: at for at, name in enumerate(classes)}
    for recording, name in zip(recordings, group_of, strict=True):
        for label in recording.labels:
            counts[place[name], column[label]] += 1
        counts[place[name], -1] += not recording.labels  # background has to be on all sides, too
    parts = stratify(counts, shares=shares, seed=seed)
    return np.array([parts[place[name]] for name in group_of], np.intp)


def _groups(recordings: Sequence[Recording]) -> list[str]:
    """Name each recording's group: those are one that share a name, be it through others."""
    leader = {each.digest: each.digest for each in recordings}

    def first(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = name = leader[leader[name]]
        return name

    for recording in recordings:
        for clip in recording.clips:
            if clip.group is not None:
                leader[first(f"group {clip.group}")] = first(recording.digest)
    return [first(each.digest) for each in recordings]


def _by_fold(recording: Recording, last: str) -> Iterator[SoundClip]:
    for clip in recording.clips:
        yield replace(clip, split="validation" if clip.fold == last else "train")


def _for(recording: Recording, part: Split) -> Recording:
    """Say what those clips are for of which nobody has said it, or which may be checked on."""
    free = recording.splits <= {None, "train"}
    clips = (
        replace(clip, split=part) if free or clip.split is None else clip
        for clip in recording.clips
    )
    return replace(recording, clips=tuple(clips))


def _notes(recordings: Sequence[Recording], share: float) -> Iterator[str]:
    """Name what cannot be checked."""
    mixed = [each.name for each in recordings if len(each.splits) > 1]
    if mixed:
        yield (
            f"{many(len(mixed), 'recording')} with stretches both to learn from and to check on "
            f"({mixed[0]}{', ...' if len(mixed) > 1 else ''}): what they have in common makes the "
            "result look better than it is"
        )
    if not share:
        return
    labels = sorted({label for each in recordings for label in each.labels})
    if not any("validation" in each.splits for each in recordings):
        yield (
            f"{many(len(recordings), 'recording')} are too few to keep any to check on: all are "
            "learnt from, and how good the result is stays unknown"
        )
        return
    for label in labels:
        having = [each for each in recordings if label in each.labels]
        if not any("validation" in each.splits for each in having):
            yield (
                f"class {label!r} has {many(len(having), 'recording')}, too few to keep one to "
                "check on: it is learnt, and how well stays unknown"
            )
