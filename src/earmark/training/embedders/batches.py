"""Batches of patches to fine-tune an embedder with: never twice the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from earmark.features import LOG_OFFSET, MEL_BANDS, PATCH_FRAMES
from earmark.training.embedders.examples import Example, memberships
from earmark.training.embedders.settings import BatchSettings

__all__ = ["Drawn", "OfPatches", "Patches", "mixed", "with_masks"]

_SILENCE = float(np.log(LOG_OFFSET))
_WIDEST_MASK = {1: PATCH_FRAMES // 4, 2: MEL_BANDS // 8}
"""By axis: how many frames and how many bands are hidden at most."""


class OfPatches:
    """Patches as they are, in half precision: float16 [n, 96, 64]."""

    key = "patches"

    def __call__(self, patches: NDArray[np.float32]) -> NDArray[np.float16]:
        """Take a batch of them."""
        return patches.astype(np.float16)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A batch."""

    patches: Tensor
    """float32 [clip, patch, 96, 64]"""
    targets: Tensor
    """float32 [clip, class], from 0 to 1"""


class Patches:
    """The patches of all clips, and the batches drawn of them.

    What is drawn at a step follows from the seed and the step alone.

    Parameters
    ----------
    examples : sequence of Example
        As `OfPatches` makes them.
    n_classes : int
    settings : BatchSettings
    seed : int
    """

    def __init__(
        self, examples: Sequence[Example], *, n_classes: int, settings: BatchSettings, seed: int
    ) -> None:
        self._examples, self._settings, self._seed = examples, settings, seed
        self.targets = memberships(examples, n_classes=n_classes)
        """bool [clip, class]"""
        self.batch = min(settings.batch, len(examples))
        """How many clips a batch has."""
        self.per_epoch = max(1, len(examples) // self.batch)
        """How many batches there are until all clips have been drawn."""

    def __len__(self) -> int:
        """Count the clips."""
        return len(self._examples)

    def draw(self, step: int) -> Drawn:
        """Draw the batch of a step; the first is 0."""
        epoch, place = divmod(step, self.per_epoch)
        order = np.random.default_rng([self._seed, epoch]).permutation(len(self))
        chosen = order[place * self.batch : (place + 1) * self.batch]
        rng = np.random.default_rng([self._seed, epoch, place])
        patches = torch.from_numpy(np.stack([self._some(at, rng) for at in chosen]))
        targets = torch.from_numpy(self.targets[chosen].astype(np.float32))
        if rng.random() < self._settings.mixup:
            share = float(rng.uniform(0.5, 1))
            others = torch.from_numpy(rng.permutation(len(chosen)))
            patches = mixed(patches, patches[others], share=share)
            targets = share * targets + (1 - share) * targets[others]
        flat = with_masks(patches.flatten(0, 1), share=self._settings.masks, rng=rng)
        return Drawn(flat.view_as(patches), targets)

    def _some(self, at: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Some patches of one copy of a clip: float32 [patch, 96, 64]."""
        frames = self._examples[at].frames
        copy = frames[rng.integers(len(frames))]
        count = self._settings.patches
        # Each as often as any other, before one comes again.
        turns = -(-count // len(copy))
        places = np.concatenate([rng.permutation(len(copy)) for _ in range(turns)])[:count]
        some: NDArray[np.float32] = copy[places].astype(np.float32)
        return some


def mixed(patches: Tensor, others: Tensor, *, share: float) -> Tensor:
    """Mix log-mel as what they are of would mix, but for phases: float32 [..., 96, 64]."""
    both = share * (patches.exp() - LOG_OFFSET) + (1 - share) * (others.exp() - LOG_OFFSET)
    return (both.clamp_min(0) + LOG_OFFSET).log()


def with_masks(patches: Tensor, *, share: float, rng: np.random.Generator) -> Tensor:
    """Silence some frames of some patches and some bands of some: float32 [n, 96, 64]."""
    kept = torch.ones_like(patches, dtype=torch.bool)
    for axis, widest in _WIDEST_MASK.items():
        size = patches.shape[axis]
        width = rng.integers(1, widest + 1, len(patches)) * (rng.random(len(patches)) < share)
        begin = rng.integers(0, size - width + 1)
        at = np.arange(size)
        hidden = (at >= begin[:, None]) & (at < (begin + width)[:, None])
        kept &= ~torch.from_numpy(hidden).unsqueeze(3 - axis)
    return patches.where(kept, torch.tensor(_SILENCE))
