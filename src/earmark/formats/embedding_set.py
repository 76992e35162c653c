"""An embedding set, or one chunk of a set too large to hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from earmark.embedders.identity import AUDIOSET, Identity
from earmark.errors import DataError
from earmark.formats.ragged import Labels
from earmark.ontology import Label

__all__ = [
    "CLIP_FRAMES",
    "FRAME_SIZE",
    "Damage",
    "EmbeddingSet",
    "Labels",
    "OnDamage",
]

CLIP_FRAMES = 10
"""How many embeddings a clip has at most."""
FRAME_SIZE = 128
"""How many bytes an embedding has."""


@dataclass(frozen=True)
class Damage:
    """One record that could not be read, and was left out."""

    path: str
    """The file; for a member of an archive ``features.tar.gz/folder/name``."""
    offset: int | None
    """Where in it the record begins, in bytes as they are unpacked; None where that is unknown."""
    reason: str
    """What is wrong with it."""

    def __str__(self) -> str:
        """Say it in one sentence."""
        where = "" if self.offset is None else f" at byte {self.offset}"
        return f"{self.path}{where}: {self.reason}"


OnDamage = Callable[[Damage], None]
"""What is told of each damaged record."""


@dataclass(frozen=True, eq=False, repr=False)
class EmbeddingSet:
    """Clips with their embeddings, ids, times and labels.

    Raises
    ------
    DataError
        If an array is of another type or shape, a length is not 1 to 10, a frame beyond a clip's
        length is not zero, or a label is not in the table.
    """

    frames: NDArray[np.uint8]
    """uint8 [clips, 10, 128]: quantised embeddings, zero beyond a clip's length."""
    lengths: NDArray[np.uint8]
    """uint8 [clips]: how many frames each has, 1 to 10."""
    ids: tuple[str, ...]
    """One for each clip: AudioSet's ``video_id``, or a recording's name."""
    starts: NDArray[np.float64]
    """float64 [clips]: where each begins in its recording, in seconds; NaN where unknown."""
    ends: NDArray[np.float64]
    """float64 [clips]: where each ends; NaN where unknown."""
    labels: Labels
    """The labels of each."""
    table: tuple[Label, ...] = ()
    """What the numbers of the labels mean; empty where unknown."""
    identity: Identity = AUDIOSET
    """What made the embeddings."""

    def __post_init__(self) -> None:
        """Check that all of it fits together."""
        clips = len(self.ids)
        _check("frames", self.frames, np.uint8, (clips, CLIP_FRAMES, FRAME_SIZE))
        _check("lengths", self.lengths, np.uint8, (clips,))
        _check("starts", self.starts, np.float64, (clips,))
        _check("ends", self.ends, np.float64, (clips,))
        wrong = np.flatnonzero((self.lengths < 1) | (self.lengths > CLIP_FRAMES))
        if len(wrong):
            raise DataError(
                f"clip {self.ids[wrong[0]]!r} has {self.lengths[wrong[0]]} frames, "
                f"and not 1 to {CLIP_FRAMES}"
            )
        short = np.flatnonzero(self.lengths < CLIP_FRAMES)
        beyond = self.frames[short].any(axis=2) & ~mask(self.lengths[short])
        if beyond.any():
            first = self.ids[short[beyond.any(axis=1).argmax()]]
            raise DataError(f"clip {first!r} has frames beyond its length that are not zero")
        if len(self.labels) != clips:
            raise DataError(f"there are labels for {len(self.labels)} clips, and {clips} clips")
        for index, label in enumerate(self.table):
            if label.index != index:
                raise DataError(
                    f"label {label.name!r} has number {label.index} in the table, and not {index}"
                )
        top = int(self.labels.values.max(initial=-1))
        if self.table and top >= len(self.table):
            raise DataError(f"label {top} is not in the table of {len(self.table)} labels")

    @classmethod
    def empty(cls, *, identity: Identity = AUDIOSET, table: tuple[Label, ...] = ()) -> Self:
        """Return a set without clips."""
        return cls(
            frames=np.empty((0, CLIP_FRAMES, FRAME_SIZE), np.uint8),
            lengths=np.empty(0, np.uint8),
            ids=(),
            starts=np.empty(0, np.float64),
            ends=np.empty(0, np.float64),
            labels=Labels.none(0),
            table=table,
            identity=identity,
        )

    @classmethod
    def concatenate(cls, sets: Sequence[EmbeddingSet]) -> EmbeddingSet:
        """Lay sets end to end.

        Raises
        ------
        DataError
            If there is none, or their labels mean different things.
        ModelError
            If different embedders made them.
        """
        if not sets:
            raise DataError("there is no embedding set to lay end to end with others")
        first = sets[0]
        for other in sets[1:]:
            first.identity.require(other.identity, what="an embedding set among them")
            if other.table != first.table:
                raise DataError(
                    "embedding sets of different label tables cannot be laid end to end: "
                    "convert their labels first"
                )
        if len(sets) == 1:
            return first
        return replace(
            first,
            frames=np.concatenate([part.frames for part in sets]),
            lengths=np.concatenate([part.lengths for part in sets]),
            ids=tuple(name for part in sets for name in part.ids),
            starts=np.concatenate([part.starts for part in sets]),
            ends=np.concatenate([part.ends for part in sets]),
            labels=Labels.concatenate([part.labels for part in sets]),
        )

    def __len__(self) -> int:
        """Count the clips."""
        return len(self.ids)

    def __repr__(self) -> str:
        """Show its size and its embedder."""
        name, version = self.identity.name, self.identity.version
        return f"EmbeddingSet({len(self)} clips of {name} {version})"

    def __eq__(self, other: object) -> bool:
        """Compare all of it; an unknown time equals an unknown time."""
        if not isinstance(other, EmbeddingSet):
            return NotImplemented
        return (
            (self.ids, self.table, self.identity) == (other.ids, other.table, other.identity)
            and np.array_equal(self.lengths, other.lengths)
            and np.array_equal(self.starts, other.starts, equal_nan=True)
            and np.array_equal(self.ends, other.ends, equal_nan=True)
            and self.labels == other.labels
            and np.array_equal(self.frames, other.frames)
        )

    def __getitem__(self, at: slice) -> EmbeddingSet:
        """Return a run of clips; the arrays are views of these."""
        return replace(
            self,
            frames=self.frames[at],
            lengths=self.lengths[at],
            ids=self.ids[at],
            starts=self.starts[at],
            ends=self.ends[at],
            labels=self.labels[at],
        )

    def take(self, rows: NDArray[np.integer]) -> EmbeddingSet:
        """Return some clips, int [n], in the order of `rows`; the arrays are copies."""
        return replace(
            self,
            frames=self.frames[rows],
            lengths=self.lengths[rows],
            ids=tuple(self.ids[row] for row in rows.tolist()),
            starts=self.starts[rows],
            ends=self.ends[rows],
            labels=self.labels.take(rows),
        )

    def mask(self) -> NDArray[np.bool_]:
        """Return where there are frames: bool [clips, 10]."""
        return mask(self.lengths)


def mask(lengths: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where clips of some lengths, uint8 [clips], have frames: bool [clips, 10]."""
    return np.arange(CLIP_FRAMES) < lengths[:, None]


def _check(
    name: str, array: NDArray[np.generic], dtype: type[np.generic], shape: tuple[int, ...]
) -> None:
    if array.dtype != dtype or array.shape != shape:
        raise DataError(
            f"{name} must be {np.dtype(dtype)} {list(shape)} for {shape[0]} ids, "
            f"not {array.dtype} {list(array.shape)}"
        )
