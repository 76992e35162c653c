"""Training comes near the best there is, on clips of which the best is known.

A clip has a centre: the sum of the directions of the classes that it has, and noise. Its frames are
that centre with more noise. Whether a clip has a class is drawn for each class by itself, and all
noise is normal. The best score of a class that there can be is its probability given the clip's
frames, which these distributions give exactly: on the whole no classifier ranks clips better,
whatever it learnt from.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from training.synthetic import table_of

from earmark.embedders.identity import AUDIOSET
from earmark.embedders.quantise import dequantise
from earmark.evaluation.metrics import average_precision, mean
from earmark.evaluation.statistics import ScoreStatistics
from earmark.formats import CLIP_FRAMES, EmbeddingSet, Labels
from earmark.formats.embedding_set import FRAME_SIZE
from earmark.training.data import TrainingData
from earmark.training.fit import fit
from earmark.training.settings import TrainSettings

CLASSES, SIZE = 6, 16
"""Classes, and numbers of an embedding that say anything."""
OF_CLIPS, OF_FRAMES = 10.0, 8.0
"""Deviation of a clip's centre, and of its frames around it, in bytes."""
PRIOR = np.array([0.5, 0.35, 0.25, 0.15, 0.1, 0.05])
DIRECTIONS = np.random.default_rng(7).normal(0, 6, (CLASSES, SIZE))
COMBINATIONS = np.array(list(product([0, 1], repeat=CLASSES)))
LINEAR = {"kind": "logistic", "unit_length": False}
DEEP = {"kind": "feature_level_attention", "hidden": 128, "n_layers": 1}


def clips(count: int, *, seed: int) -> EmbeddingSet:
    rng = np.random.default_rng(seed)
    truth = rng.random((count, CLASSES)) < PRIOR
    frames = np.full((count, CLIP_FRAMES, FRAME_SIZE), 128, np.uint8)
    centres = 128 + truth @ DIRECTIONS + rng.normal(0, OF_CLIPS, (count, SIZE))
    values = centres[:, None] + rng.normal(0, OF_FRAMES, (count, CLIP_FRAMES, SIZE))
    frames[:, :, :SIZE] = np.clip(np.round(values), 0, 255)
    return EmbeddingSet(
        frames=frames,
        lengths=np.full(count, CLIP_FRAMES, np.uint8),
        ids=tuple(f"{seed}-{clip}" for clip in range(count)),
        starts=np.zeros(count),
        ends=np.full(count, 10.0),
        labels=Labels.of([np.flatnonzero(row) for row in truth]),
        table=table_of(CLASSES),
        identity=AUDIOSET,
    )


def best_scores(known: EmbeddingSet) -> NDArray[np.float32]:
    """The probability of each class given a clip's frames: float32 [clips, classes].

    With frames that are normal around a centre, the mean frame says all there is to know. Each of
    the 64 combinations of classes has a centre and a probability; Bayes' rule does the rest.
    """
    frames = dequantise(known.frames, how="kong")[:, :, :SIZE].astype(np.float64) * 128
    centres = COMBINATIONS @ DIRECTIONS
    distance = ((frames.mean(axis=1)[:, None] - centres) ** 2).sum(axis=2)
    prior = np.where(COMBINATIONS, PRIOR, 1 - PRIOR).prod(axis=1)
    log = np.log(prior) - distance / 2 / (OF_CLIPS**2 + OF_FRAMES**2 / CLIP_FRAMES)
    each = np.exp(log - log.max(axis=1, keepdims=True))
    scores: NDArray[np.float32] = (each @ COMBINATIONS / each.sum(axis=1, keepdims=True)).astype(
        np.float32
    )
    return scores


def mean_ap(scores: NDArray[np.float32], known: EmbeddingSet) -> float:
    return mean(average_precision(ScoreStatistics.of(known.labels, scores)))


TRAIN, TEST = clips(4000, seed=1), clips(3000, seed=2)


def test_the_best_is_neither_perfect_nor_chance() -> None:
    assert 0.6 < mean_ap(best_scores(TEST), TEST) < 0.9
    shares = TEST.labels.to_multi_hot(CLASSES).mean(axis=0)
    np.testing.assert_allclose(best_scores(TEST).mean(axis=0), shares, atol=0.02)


@pytest.mark.usefixtures("no_graphs")
@pytest.mark.parametrize(
    ("classifier", "lr", "sampling", "allowed"),
    [
        (LINEAR, 0.2, "no_balance", 0.02),
        (LINEAR, 0.2, "balance_in_batch", 0.03),  # which aims at other shares of the classes
        (DEEP, 5e-3, "no_balance", 0.035),
    ],
)
def test_training_comes_near_the_best(
    classifier: dict[str, Any], lr: float, sampling: str, allowed: float, tmp_path: Path
) -> None:
    settings = TrainSettings.model_validate(
        {
            "iterations": 300,
            "batch": 100,
            "classifier": classifier,
            "sampling": {"kind": sampling},
            "optimiser": {"lr": lr},
            "schedule": {"kind": "one_cycle"},
            "averaging": {"kind": "ema", "decay": 0.98},
            "hardware": {"threads": 1, "precision": "32"},
        }
    )
    trained = fit(TrainingData(TRAIN, test=TEST), settings, tmp_path / "mine")
    assert trained.test is not None
    best = mean_ap(best_scores(TEST), TEST)
    assert best - allowed < trained.test.mAP < best + 0.005
