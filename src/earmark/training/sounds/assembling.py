"""Windows of recordings -> embedding sets of the classes that can be learnt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from earmark.embedders import Identity
from earmark.errors import DataError, UsageError
from earmark.features import PATCH_SECONDS
from earmark.formats import CLIP_FRAMES, EmbeddingSet, Labels
from earmark.formats.embedding_set import FRAME_SIZE
from earmark.ontology import Label
from earmark.training.sounds.clips import SPLITS, Split, many
from earmark.training.sounds.names import table_of
from earmark.training.sounds.recordings import Recording
from earmark.training.sounds.watching import Watcher
from earmark.training.sounds.windows import Window

__all__ = ["Assembled", "Cut", "assemble"]


@dataclass(frozen=True)
class Cut:
    """A window of a recording, with the embeddings of its patches."""

    recording: Recording
    window: Window
    split: Split
    frames: NDArray[np.uint8]
    """uint8 [patches, 128]"""
    duration: float
    """Of the recording, in seconds."""

    @property
    def start(self) -> float:
        """Where it begins in the recording, in seconds."""
        return self.window.first * PATCH_SECONDS

    @property
    def end(self) -> float:
        """Where it ends."""
        return min(self.start + self.window.count * PATCH_SECONDS, self.duration)


@dataclass(frozen=True)
class Assembled:
    """Embedding sets of the same classes."""

    sets: dict[Split, EmbeddingSet]
    exclusive: bool
    """Whether every clip has just one label."""
    describe: str
    """What they are, in a sentence without a full stop."""


def assemble(
    cuts: Sequence[Cut],
    copies: Sequence[Cut],
    *,
    classes: Sequence[str],
    identity: Identity,
    exclusive: bool | None = None,
    watcher: Watcher,
) -> Assembled:
    """Make embedding sets.

    A class without a clip to learn from is left out, and so are clips of nothing else.

    Parameters
    ----------
    cuts : sequence of Cut
        The windows.
    copies : sequence of Cut
        More to learn from.
    classes : sequence of str
        What their labels are the numbers of.
    identity : Identity
        The embedder's.
    exclusive : bool, optional
        Whether every clip must have just one label; whether it has, if not given.
    watcher : Watcher
        Is told of classes that are left out.

    Raises
    ------
    DataError
        If no class has a clip to learn from.
    UsageError
        If a clip has no label, or several, and must have one.
    """
    learnt = {at for cut in cuts if cut.split == "train" for at in cut.window.labels}
    kept = [at for at in range(len(classes)) if at in learnt]
    for at, name in enumerate(classes):
        if at not in learnt:
            watcher.note(_missing(name, at, cuts))
    if not kept:
        raise DataError("there is nothing to learn from: no class has a clip for it")
    number = {at: new for new, at in enumerate(kept)}
    known = [one for cut in cuts if (one := _renumbered(cut, number)) is not None]
    more = [one for cut in copies if (one := _renumbered(cut, number)) is not None]
    table = table_of([classes[at] for at in kept])
    return Assembled(
        sets={
            part: _set([cut for cut in [*known, *more] if cut.split == part], table, identity)
            for part in SPLITS
        },
        exclusive=_exclusive(known, exclusive),
        describe=_describe(known, table),
    )


def _missing(name: str, at: int, cuts: Sequence[Cut]) -> str:
    elsewhere = Counter(cut.split for cut in cuts if at in cut.window.labels)
    if not elsewhere:
        return f"class {name!r} has no recording that can be read: it is left out"
    where = " and ".join(f"{many(count, 'clip')} for {part}" for part, count in elsewhere.items())
    return (
        f"class {name!r} has {where}, and none to learn from: it is left out, and so are clips of "
        "nothing else"
    )


def _renumbered(cut: Cut, number: dict[int, int]) -> Cut | None:
    """Give classes the numbers they have among those that are learnt; None if none is left."""
    labels = tuple(number[at] for at in cut.window.labels if at in number)
    if cut.window.labels and not labels:
        return None
    return replace(cut, window=replace(cut.window, labels=labels))


def _exclusive(cuts: Sequence[Cut], wanted: bool | None) -> bool:
    odd = [cut for cut in cuts if len(cut.window.labels) != 1]
    if wanted and odd:
        what = "several labels" if odd[0].window.labels else "no label"
        raise UsageError(
            f"{odd[0].recording.name} has {what} at {odd[0].start:g} s, and classes that exclude "
            "each other need just one everywhere: leave --exclusive out"
        )
    return not odd if wanted is None else wanted


def _set(cuts: Sequence[Cut], table: tuple[Label, ...], identity: Identity) -> EmbeddingSet:
    frames = np.zeros((len(cuts), CLIP_FRAMES, FRAME_SIZE), np.uint8)
    for row, cut in enumerate(cuts):
        frames[row, : len(cut.frames)] = cut.frames
    return EmbeddingSet(
        frames=frames,
        lengths=np.array([len(cut.frames) for cut in cuts], np.uint8),
        ids=tuple(cut.recording.name for cut in cuts),
        starts=np.array([cut.start for cut in cuts], np.float64),
        ends=np.array([cut.end for cut in cuts], np.float64),
        labels=Labels.of(cut.window.labels for cut in cuts),
        table=table,
        identity=identity,
    )


def _describe(cuts: Sequence[Cut], table: Sequence[Label]) -> str:
    """Say for the model card what it was learnt from."""
    recordings = {cut.recording.digest for cut in cuts}
    of_part = Counter(cut.split for cut in cuts)
    names = ", ".join(label.name for label in table[:12])
    background = sum(not cut.window.labels for cut in cuts)
    parts = ", ".join(f"{of_part[part]} for {part}" for part in SPLITS if of_part[part])
    return (
        f"{many(len(cuts), 'clip')} of {many(len(recordings), 'recording')}, {parts}"
        f"{f', {background} of them background' if background else ''}, with "
        f"{many(len(table), 'class')}: {names}{', ...' if len(table) > 12 else ''}"
    )
