"""What the teacher hears in each recording: how often to draw it, and how its embeddings spread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from earmark.features import MEL_BANDS, patches
from earmark.training.distilling.corpus import Corpus
from earmark.training.distilling.teacher import Teacher

__all__ = ["Survey", "survey"]

FARTHEST = 1.5
"""Root mean square distance, in standard deviations, that an embedding may have from the mean."""


@dataclass(frozen=True)
class Survey:
    """One listening of the teacher to every recording of a corpus, looped to ten seconds."""

    scores: NDArray[np.float32]
    """float32 [recording, 527]."""
    step_mean: NDArray[np.float32]
    """float32 [384], of the teacher's embedding over all steps of all recordings."""
    step_std: NDArray[np.float32]
    """float32 [384]."""
    band_mean: NDArray[np.float32]
    """float32 [64], of the student's log-mel bands."""
    band_std: NDArray[np.float32]
    """float32 [64]."""

    def weights(self, *, power: float = 0.5) -> NDArray[np.float64]:
        """How often to draw each recording, so that rare classes are heard more often.

        A recording counts as its rarest class: the largest, over classes, of the teacher's score
        divided by ``total score of the class ** power``.
        """
        totals = self.scores.sum(axis=0) + 5.0  # a class that is hardly there is not worth a flood
        return np.asarray((self.scores / totals**power).max(axis=1) + 1e-3, dtype=np.float64)

    def tempered(self, embeddings: Tensor) -> Tensor:
        """The teacher's embeddings of moments, pulled back to where its last layers make sense.

        They were trained on means over ten seconds. A short moment may lie far outside of those,
        and then hundreds of classes are said to be heard at once: its distance from the mean, root
        mean square in standard deviations, is limited to 1.5.
        """
        mean = torch.as_tensor(self.step_mean, device=embeddings.device)
        std = torch.as_tensor(self.step_std, device=embeddings.device)
        standard = (embeddings - mean) / std
        distance = standard.square().mean(dim=-1, keepdim=True).sqrt()
        return mean + standard * (FARTHEST / distance.clamp(min=FARTHEST)) * std


def survey(corpus: Corpus, teacher: Path, *, cache: Path) -> Survey:
    """Let the teacher listen to all of ``corpus``, or read from ``cache`` what it found before."""
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, **vars(_listen(corpus, Teacher(teacher, threads=2))))
    with np.load(cache) as arrays:
        return Survey(**{name: arrays[name] for name in arrays.files})


def _listen(corpus: Corpus, teacher: Teacher, *, n_samples: int = 160_000) -> Survey:
    scores = np.empty((len(corpus), 527), dtype=np.float32)
    steps, bands = _Moments(), _Moments()
    for index in range(len(corpus)):
        clip = np.resize(corpus.waveform(index), n_samples)
        lesson = teacher.hear(torch.from_numpy(clip[None]))
        scores[index] = lesson.scores[0].numpy()
        steps.add(lesson.steps[0].numpy())
        bands.add(patches(clip).reshape(-1, MEL_BANDS))
    return Survey(scores, *steps.mean_and_std(), *bands.mean_and_std())


class _Moments:
    """Mean and standard deviation of the columns of arrays that come one at a time."""

    def __init__(self) -> None:
        self._n = 0
        self._sum: NDArray[np.float64] | float = 0.0
        self._squares: NDArray[np.float64] | float = 0.0

    def add(self, rows: NDArray[np.float32]) -> None:
        values = rows.astype(np.float64)
        self._n += len(values)
        self._sum = self._sum + values.sum(axis=0)
        self._squares = self._squares + np.square(values).sum(axis=0)

    def mean_and_std(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        mean = np.asarray(self._sum) / self._n
        std = np.sqrt(np.maximum(np.asarray(self._squares) / self._n - mean**2, 1e-8))
        return mean.astype(np.float32), std.astype(np.float32)
