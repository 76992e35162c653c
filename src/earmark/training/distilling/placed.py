"""Whether a tagger knows *when*: sounds put at known times into quiet noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.audio import SAMPLE_RATE
from earmark.evaluation.esc50 import ESC50
from earmark.features import PATCH_SAMPLES, patch_count
from earmark.training.distilling.corpus import Corpus

__all__ = ["Placed", "place", "time_auc"]

SECONDS = 20.0
NOISE_DB = -50.0
SILENCE = 1e-3
"""ESC-50 fills short recordings with digital silence, which is cut off before one is placed."""


@dataclass(frozen=True)
class Placed:
    """One recording with one sound in it."""

    waveform: NDArray[np.float32]
    """float32 [320000]."""
    label: str
    inside: NDArray[np.bool_]
    """bool [patch], whether more than half of the patch holds the sound."""


def place(corpus: Corpus, *, seed: int = 0) -> list[Placed]:
    """Put each of ESC-50's test recordings at a random time into noise of its own."""
    rng = np.random.default_rng(seed)
    n_samples = round(SECONDS * SAMPLE_RATE)
    placed = []
    for index, entry in enumerate(corpus.entries):
        if not entry.is_esc50_test():
            continue
        loud = np.flatnonzero(np.abs(corpus.waveform(index)) > SILENCE)
        if not len(loud):
            continue
        sound = corpus.waveform(index)[loud[0] : loud[-1] + 1]
        start = int(rng.integers(n_samples - len(sound)))
        waveform = rng.standard_normal(n_samples).astype(np.float32) * 10 ** (NOISE_DB / 20)
        waveform[start : start + len(sound)] += sound
        edges = np.arange(patch_count(n_samples) + 1) * PATCH_SAMPLES
        overlap = np.minimum(edges[1:], start + len(sound)) - np.maximum(edges[:-1], start)
        label = entry.labels.partition(";")[0]
        inside = overlap > PATCH_SAMPLES / 2
        if inside.any():
            placed.append(Placed(np.clip(waveform, -1, 1), label, inside))
    return placed


def time_auc(
    placed: Sequence[Placed],
    patch_scores: Sequence[NDArray[np.float32]],
    *,
    names: Sequence[str],
) -> float:
    """How well scores of patches tell where the sound is, from 0.5 (not at all) to 1.

    Parameters
    ----------
    placed : sequence of Placed
    patch_scores : sequence of float32 [patch, name]
    names : sequence of str

    Returns
    -------
    float
        Mean over recordings of the area under the ROC curve: the probability that a patch inside
        the sound has a higher score for its class than one outside. No threshold is involved.
    """
    column = {name: index for index, name in enumerate(names)}
    areas = []
    for recording, scores in zip(placed, patch_scores, strict=True):
        known = [column[name] for name in ESC50[recording.label] if name in column]
        score = scores[:, known].max(axis=1)
        inside, outside = score[recording.inside], score[~recording.inside]
        wins = (inside[:, None] > outside).mean() + 0.5 * (inside[:, None] == outside).mean()
        areas.append(float(wins))
    return float(np.mean(areas))
