"""Fresh clips from worker processes, each heard several times before it is forgotten.

Making a clip and asking the teacher costs more than a training step on one of its patches, so the
last clips stay in memory, and every step draws patches from all of them at random positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset

from earmark.features import MEL_BANDS, PATCH_FRAMES, patches
from earmark.training.distilling.corpus import Corpus
from earmark.training.distilling.mixing import Mixer, MixingConfig
from earmark.training.distilling.teacher import STEP_FRAMES, Teacher

__all__ = ["BLOCK", "Clips", "FreshClips", "PatchBatch", "Replay", "clips_of", "steps_of_patches"]

BLOCK = 8
"""Clips that are made at a time."""


@dataclass(frozen=True)
class Clips:
    """Some clips with what the teacher makes of them."""

    log_mel: Tensor
    """float16 [n, 960, 64]."""
    steps: Tensor
    """float16 [n, 32, 384], the teacher's embedding every 0.32 s."""
    scores: Tensor
    """float16 [n, 527], of the whole clip."""


class PatchBatch(NamedTuple):
    """What one training step of the embedder sees."""

    patches: Tensor
    """float32 [n, 96, 64]."""
    targets: Tensor
    """float32 [n, 384], the teacher's embedding, averaged over the patch."""


class FreshClips(IterableDataset[Clips]):
    """Blocks of clips, without end and never the same twice.

    Parameters
    ----------
    corpus : Corpus
    weights : float64 [len(corpus)]
    mixing : MixingConfig
    teacher : Path
        Of the network: a session of ONNX Runtime cannot go to another process.
    seed : tuple of int
        Another one for each part of a run, or a resumed run would hear the same again.
    block : int
        Clips at a time.
    """

    def __init__(
        self,
        corpus: Corpus,
        weights: NDArray[np.float64],
        *,
        mixing: MixingConfig,
        teacher: Path,
        seed: tuple[int, ...],
        block: int = BLOCK,
    ) -> None:
        self._corpus, self._weights, self._mixing = corpus, weights, mixing
        self._teacher, self._seed, self._block = teacher, seed, block

    def __iter__(self) -> Iterator[Clips]:
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([*self._seed, worker.id if worker else 0])
        mixer = Mixer(self._corpus, self._weights, config=self._mixing, rng=rng)
        teacher = Teacher(self._teacher)
        while True:
            yield clips_of([mixer.draw() for _ in range(self._block)], teacher)


def clips_of(waveforms: Sequence[NDArray[np.float32]], teacher: Teacher) -> Clips:
    """Features and lessons of waveforms of equal length, ten seconds or a little more."""
    lesson = teacher.hear(torch.from_numpy(np.stack(waveforms)))
    log_mel = np.stack([patches(waveform).reshape(-1, MEL_BANDS) for waveform in waveforms])
    return Clips(
        log_mel=torch.from_numpy(log_mel.astype(np.float16)),
        steps=lesson.steps.half(),
        scores=lesson.scores.half(),
    )


class Replay:
    """Batches of patches from the last ``capacity`` clips.

    Parameters
    ----------
    source : iterable of Clips
        One that does not end.
    capacity : int
        Clips kept, about 150 KB each; the oldest goes first.
    fresh : float
        Blocks of new clips taken in for each batch; a fraction takes one every few batches.
    batch : int
        Patches in a batch.
    warm_up : int
        Clips to wait for before the first batch.
    seed : tuple of int
        Of the drawing.
    """

    def __init__(
        self,
        source: Iterable[Clips],
        *,
        capacity: int,
        fresh: float,
        batch: int,
        warm_up: int,
        seed: tuple[int, ...],
    ) -> None:
        self._source, self._capacity, self._fresh = source, capacity, fresh
        self._batch, self._warm_up = batch, min(warm_up, capacity)
        self._rng = torch.Generator().manual_seed(hash(seed) % 2**63)
        self._store: Clips | None = None
        self._count = 0

    def __iter__(self) -> Iterator[PatchBatch]:
        source = iter(self._source)
        while self._count < self._warm_up:
            self._add(next(source))
        due = 0.0
        while True:
            due += self._fresh
            while due >= 1:
                self._add(next(source))
                due -= 1
            yield self._draw()

    def _add(self, clips: Clips) -> None:
        if self._store is None:
            self._store = Clips(
                *(
                    torch.empty((self._capacity, *part.shape[1:]), dtype=part.dtype)
                    for part in vars(clips).values()
                )
            )
        places = (self._count + torch.arange(len(clips.scores))) % self._capacity
        for mine, new in zip(vars(self._store).values(), vars(clips).values(), strict=True):
            mine[places] = new
        self._count += len(clips.scores)

    def _draw(self) -> PatchBatch:
        assert self._store is not None, "the first batch comes after the warm-up"
        n_clips = min(self._count, self._capacity)
        chosen = torch.randint(n_clips, (self._batch,), generator=self._rng)
        last_start = self._store.log_mel.shape[1] - PATCH_FRAMES
        starts = torch.randint(last_start + 1, (self._batch,), generator=self._rng)
        frames = starts[:, None] + torch.arange(PATCH_FRAMES)
        return PatchBatch(
            patches=self._store.log_mel[chosen[:, None], frames].float(),
            targets=steps_of_patches(self._store.steps[chosen].float(), starts),
        )


def steps_of_patches(steps: Tensor, starts: Tensor) -> Tensor:
    """The teacher's embedding over a patch: steps averaged by how much of them lies in it.

    Parameters
    ----------
    steps : float32 [n, step, 384]
        Centred at frame ``32 * index``.
    starts : int64 [n]
        First frame of the patch that is wanted from each.

    Returns
    -------
    float32 [n, 384]
    """
    edges = (torch.arange(steps.shape[1] + 1) - 0.5) * STEP_FRAMES
    first, last = starts[:, None], starts[:, None] + PATCH_FRAMES
    overlap = (torch.minimum(edges[1:], last) - torch.maximum(edges[:-1], first)).clamp(min=0)
    weights = overlap / overlap.sum(dim=1, keepdim=True)
    return torch.einsum("ns,nsd->nd", weights, steps)
