"""What an embedder is fitted to: a person's recordings, heard once more and labelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Classes", "Example", "Hear", "Hearing", "memberships"]


class Hearing(Protocol):
    """Makes numbers of patches, as `earmark.training.sounds.embedding.Extractor`."""

    @property
    def key(self) -> str:
        """A text that says all that the numbers depend on, but for the patches."""

    def __call__(self, patches: NDArray[np.float32]) -> NDArray[Any]:
        """float32 [n, 96, 64] -> [n, ...] of any type."""


@dataclass(frozen=True, eq=False)
class Example:
    """A window of a recording to learn from: patches that follow each other, labelled alike."""

    frames: NDArray[Any]
    """[copies, patches, ...]: what was made of its patches. The first copy is as recorded, any
    others are altered."""
    labels: tuple[int, ...]
    """Numbers of its classes; none for background."""


@dataclass(frozen=True)
class Classes:
    """What there is to tell apart."""

    names: tuple[str, ...]
    exclusive: bool
    """Whether a clip has exactly one of them."""


class Hear(Protocol):
    """Runs what it is given over all windows to learn from.

    With ``copies``, altered copies of each are made as well; with ``keep`` the results may be kept
    to be found again, which only what is small is worth.
    """

    def __call__(
        self, make: Callable[[int], Hearing], /, *, copies: int = 0, keep: bool = True
    ) -> Sequence[Example]:
        """Hear, with what `make` makes for so many threads."""


def memberships(examples: Sequence[Example], *, n_classes: int) -> NDArray[np.bool_]:
    """Say which example is of which classes: bool [examples, classes]."""
    of = np.zeros((len(examples), n_classes), np.bool_)
    for row, example in zip(of, examples, strict=True):
        row[list(example.labels)] = True
    return of
