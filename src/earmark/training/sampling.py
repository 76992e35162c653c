"""Which clips the next batch is made of.

``no_balance`` goes through all clips in a random order, again and again. ``balance_in_batch`` is
Kong's (https://github.com/qiuqiangkong/audioset_classification): a queue of all classes, shuffled
anew each time it runs out, says of which class the next clip is to be, and each class has its clips
in a random order of their own. With the same seed it draws the clips that Kong's draws, but for two
things: where a class has fewer clips left than a batch wants of it Kong's batch is short, and here
the rest comes from the class's next round; and classes without clips are not asked for.

Clips are counted, not read: a sampler deals with their numbers only. What it did can be kept
(`Sampler.state_dict`) and gone on from.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from earmark.errors import DataError
from earmark.formats.ragged import Labels
from earmark.training.group import Group

__all__ = ["Balanced", "Sampler", "SamplingSettings", "Shuffled", "make_sampler"]

Rows = NDArray[np.int64]
"""int64 [n]: numbers of clips."""


class SamplingSettings(Group):
    """Which clips the next batch is made of."""

    kind: Literal["no_balance", "balance_in_batch"] = "no_balance"
    """All clips in turn, or as many clips of each class."""
    seed: int = Field(default=1234, ge=0)
    """Of the order; the next of several runs has the next one."""


class Sampler(Protocol):
    """Draws batches, for ever."""

    def draw(self, size: int) -> Rows:
        """Return the numbers of the next clips, int64 [size]."""

    def state_dict(self) -> dict[str, Any]:
        """Return all that is needed to go on from here."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where another one was."""


def make_sampler(settings: SamplingSettings, labels: Labels) -> Sampler:
    """Make the sampler of a run.

    Parameters
    ----------
    settings : SamplingSettings
    labels : Labels
        Of the clips to train on.

    Raises
    ------
    DataError
        If there are no clips, or none of them has a label to balance by.
    """
    if not len(labels):
        raise DataError("there are no clips to train on: check --data and --split")
    if settings.kind == "no_balance":
        return Shuffled(len(labels), seed=settings.seed)
    return Balanced(labels, seed=settings.seed)


class Shuffled:
    """All clips in a random order, then all of them in another.

    Parameters
    ----------
    clips : int
        How many there are.
    seed : int
    """

    def __init__(self, clips: int, *, seed: int) -> None:
        self._random = np.random.RandomState(seed)
        self._order: Rows = self._random.permutation(clips).astype(np.int64)
        self._at = 0

    def draw(self, size: int) -> Rows:
        """Return the numbers of the next clips; a batch may span two rounds, and is never short."""
        parts = []
        while size:
            part = self._order[self._at : self._at + size]
            self._at += len(part)
            size -= len(part)
            parts.append(part)
            if self._at == len(self._order):
                self._at = 0
                self._order = self._random.permutation(self._order)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def state_dict(self) -> dict[str, Any]:
        """Return all that is needed to go on from here."""
        return {**_packed(self._random), "order": _tensor(self._order), "at": self._at}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where another one was."""
        _unpack(state, self._random)
        self._order, self._at = _rows(state["order"]), state["at"]


class Balanced:
    """As many clips of each class, but for what does not divide evenly.

    Parameters
    ----------
    labels : Labels
        Of all clips.
    seed : int

    Raises
    ------
    DataError
        If no clip has any label.
    """

    def __init__(self, labels: Labels, *, seed: int) -> None:
        if not len(labels.values):
            raise DataError(
                "no clip has a label to balance by: give clips with labels, or take no_balance"
            )
        self._random = np.random.RandomState(seed)
        clips = np.repeat(np.arange(len(labels)), labels.counts)
        # Each clip once for each class it has, in Kong's order: by class, then by clip.
        pairs = np.unique(labels.values.astype(np.int64) * len(labels) + clips)
        classes, self._sizes = np.unique(pairs // len(labels), return_counts=True)
        self._clips: Rows = pairs % len(labels)  # of class 0, then of class 1, ...
        self._starts = np.concatenate([[0], np.cumsum(self._sizes)[:-1]])
        for at in range(len(classes)):
            self._reshuffle(at)
        self._pointers = np.zeros(len(classes), np.int64)
        self._set = np.arange(len(classes))
        self._queue = self._set[:0]

    def draw(self, size: int) -> Rows:
        """Return the numbers of the next clips, those of a class together."""
        while len(self._queue) < size:
            self._random.shuffle(self._set)
            self._queue = np.concatenate([self._queue, self._set])
        wanted = np.bincount(self._queue[:size], minlength=len(self._set))
        self._queue = self._queue[size:]
        places = np.repeat(self._starts + self._pointers - np.cumsum(wanted) + wanted, wanted)
        places += np.arange(size)
        self._pointers += wanted
        wrapped = np.flatnonzero(self._pointers >= self._sizes)
        # What lies beyond a class's last clip is of no meaning yet, and may be beyond the array.
        rows = self._clips.take(places, mode="clip")
        ends = np.cumsum(wanted)
        for at in wrapped.tolist():
            self._go_round(at, rows[ends[at] - wanted[at] : ends[at]])
        return rows

    def _go_round(self, at: int, drawn: Rows) -> None:
        """Begin a class anew, and draw what its last round was short of."""
        size = int(self._sizes[at])
        missing = int(self._pointers[at]) - size
        self._reshuffle(at)
        while missing:
            part = min(missing, size)
            begin = len(drawn) - missing
            drawn[begin : begin + part] = self._clips[self._starts[at] :][:part]
            missing -= part
            self._pointers[at] = part
            if part == size:
                self._reshuffle(at)
        self._pointers[at] %= size

    def _reshuffle(self, at: int) -> None:
        start = self._starts[at]
        self._random.shuffle(self._clips[start : start + self._sizes[at]])

    def state_dict(self) -> dict[str, Any]:
        """Return all that is needed to go on from here."""
        return {
            **_packed(self._random),
            "clips": _tensor(self._clips),
            "pointers": _tensor(self._pointers),
            "set": _tensor(self._set),
            "queue": _tensor(self._queue),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where another one was."""
        _unpack(state, self._random)
        self._clips, self._pointers = _rows(state["clips"]), _rows(state["pointers"])
        self._set, self._queue = _rows(state["set"]), _rows(state["queue"])


def _packed(random: np.random.RandomState) -> dict[str, Any]:
    """A generator's state as tensors and numbers, which a checkpoint may hold."""
    state = random.get_state(legacy=False)
    assert isinstance(state, dict)
    return {
        "key": torch.from_numpy(state["state"]["key"].astype(np.int64)),
        "pos": state["state"]["pos"],
    }


def _unpack(state: dict[str, Any], random: np.random.RandomState) -> None:
    random.set_state(("MT19937", state["key"].numpy().astype(np.uint32), state["pos"], 0, 0.0))


def _tensor(rows: Rows) -> torch.Tensor:
    return torch.from_numpy(rows.astype(np.int32))


def _rows(stored: torch.Tensor) -> Rows:
    return stored.numpy().astype(np.int64)
