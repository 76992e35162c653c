"""What a run learns from: clips to train on, to choose by and to measure on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from earmark.embedders.identity import Dequantiser, Identity
from earmark.errors import DataError, UsageError
from earmark.formats import EmbeddingSet
from earmark.ontology import Label

__all__ = ["TrainingData", "hold_out"]

_NAMED = 5
"""How many classes are named where more are meant."""


@dataclass(frozen=True)
class TrainingData:
    """What a run learns from, whatever it was read from.

    Raises
    ------
    DataError
        If there are no clips, nobody knows what their labels mean, the parts are of different
        classes, or a clip of exclusive classes has several.
    ModelError
        If the parts are of different embedders.
    """

    train: EmbeddingSet
    """To learn from."""
    validation: EmbeddingSet | None = None
    """To say when it is best, and to stop."""
    test: EmbeddingSet | None = None
    """To say at the end how good it is; nothing is chosen by it."""
    exclusive: bool = False
    """Whether each clip has exactly one class, so that scores are to sum to 1."""
    describe: str = ""
    """What it is, in a sentence without a full stop, for the model card."""
    embedder: Path | None = None
    """A tagger's folder, whose embedder goes into the result."""

    def __post_init__(self) -> None:
        """Check that the parts fit together."""
        if not len(self.train):
            raise DataError("there are no clips to train on: check --data and --split")
        if not self.train.table:
            raise DataError(
                "nobody knows what the labels mean: the set has no label table and more labels "
                "than AudioSet has; convert it with --segments, which has their ids"
            )
        for name, part in self.parts().items():
            if part.table != self.train.table:
                raise DataError(
                    f"the {name} clips have other classes than those to train on: convert both "
                    "with the same label table"
                )
            self.train.identity.require(part.identity, what=f"the {name} set")
            if self.exclusive and (part.labels.counts > 1).any():
                first = part.ids[int((part.labels.counts > 1).argmax())]
                raise DataError(
                    f"clip {first!r} of the {name} set has several labels, where each is to have "
                    "exactly one"
                )

    @property
    def table(self) -> tuple[Label, ...]:
        """The classes."""
        return self.train.table

    @property
    def identity(self) -> Identity:
        """Whose embeddings they are."""
        return self.train.identity

    def read_as(self, dequantiser: Dequantiser) -> TrainingData:
        """Return the same clips, for a classifier that reads the eight bits in another way."""
        identity = replace(self.identity, dequantiser=dequantiser)
        parts = {name: replace(part, identity=identity) for name, part in self.parts().items()}
        return replace(self, **parts)  # type: ignore[arg-type]  # of one kind, as it says

    def parts(self) -> dict[str, EmbeddingSet]:
        """The parts there are, by name."""
        all_of_them = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: part for name, part in all_of_them.items() if part is not None}

    def notices(self) -> list[str]:
        """Say what may be wrong with it, each in one sentence."""
        found = []
        names = set(self.train.ids)
        for name, part in self.parts().items():
            again = 0 if name == "train" else sum(clip in names for clip in part.ids)
            if again:
                found.append(
                    f"{again} of the {len(part)} {name} clips have the id of a clip to train on: "
                    "what is measured there may be too good"
                )
        trained = _has(self.train)
        if not trained.any():
            raise DataError(
                f"none of the {len(self.train)} clips to train on has a label: join their labels "
                "with `earmark convert --segments`"
            )
        if not trained.all():
            found.append(
                f"{_classes(self.table, ~trained)} no clip to train on: such scores will mean "
                "nothing"
            )
        if self.validation is not None:
            unseen = trained & ~_has(self.validation)
            if unseen.any():
                found.append(
                    f"{_classes(self.table, unseen)} no clip in validation, which cannot say how "
                    "well such sounds are found"
                )
            only = ~trained & _has(self.validation)
            if only.any():
                found.append(f"{_classes(self.table, only)} clips in validation alone")
        return found

    def fingerprint(self) -> str:
        """Return a text that other data do not have, to know an interrupted run's data by."""
        digest = hashlib.blake2b(digest_size=16)
        for name, part in self.parts().items():
            digest.update(f"{name} {len(part)} {part.identity}".encode())
            digest.update("\0".join(part.ids).encode("utf-8", "surrogateescape"))
            for array in (part.lengths, part.labels.values, part.labels.offsets, part.frames):
                digest.update(np.ascontiguousarray(array).data)
        digest.update(repr([(label.id, label.name) for label in self.table]).encode())
        return digest.hexdigest()


def hold_out(data: TrainingData, *, share: float, seed: int) -> TrainingData:
    """Take a part of the clips out of training, to validate on.

    All clips of one id, as of one recording, go to the same side.

    Parameters
    ----------
    data : TrainingData
    share : float
        Which part of the ids.
    seed : int

    Raises
    ------
    UsageError
        If there is a validation set already, or too few clips to take any.
    """
    if data.validation is not None:
        raise UsageError(
            "validation.share takes clips out of training, and there is a validation set already: "
            "leave one of the two out"
        )
    names, of_clip = np.unique(np.array(data.train.ids, dtype=object), return_inverse=True)
    held = round(share * len(names))
    if not 0 < held < len(names):
        raise UsageError(
            f"validation.share {share} of {len(names)} recordings leaves one side empty: "
            "give another share or more clips"
        )
    order = np.random.default_rng(seed).permutation(len(names))
    out = np.isin(of_clip, order[:held])
    return replace(
        data,
        train=data.train.take(np.flatnonzero(~out)),
        validation=data.train.take(np.flatnonzero(out)),
    )


def _has(clips: EmbeddingSet) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which classes have a clip: bool [classes]."""
    found = np.zeros(len(clips.table), np.bool_)
    found[clips.labels.values] = True
    return found


def _classes(table: tuple[Label, ...], which: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> str:
    """Name some classes, with their verb: ``2 of 5 classes ('a', 'b') have``."""
    names = [repr(label.name) for label, one in zip(table, which, strict=True) if one]
    shown = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    verb = "has" if len(names) == 1 else "have"
    return f"{len(names)} of {len(table)} classes ({shown}) {verb}"
