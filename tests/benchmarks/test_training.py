"""The benchmark of training: the plain loop learns, and the table is what it says."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import training
from benchmarks.clips import clips
from benchmarks.plain_training import PlainLoop
from earmark.formats import EmbeddingSet
from earmark.training.settings import HardwareSettings

pytestmark = pytest.mark.usefixtures("one_thread")


def some() -> EmbeddingSet:
    return EmbeddingSet.concatenate(list(clips(60)))


def test_the_plain_loop_learns() -> None:
    data = some()
    loop = PlainLoop(data.frames, data.labels.to_multi_hot(527), batch=10)
    losses = [loop.step() for _ in range(4)]
    assert losses[-1] < losses[0]


def test_the_plain_loop_asks_for_all_classes_alike() -> None:
    truth = np.zeros((6, 527), np.bool_)
    truth[:5, 0] = truth[5, 1] = True
    loop = PlainLoop(np.zeros((6, 10, 128), np.uint8), truth, batch=4)
    drawn = np.concatenate([loop._draw() for _ in range(5)])
    assert (drawn == 5).sum() == 10
    assert set(drawn.tolist()) == set(range(6))


def test_rounds_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "BATCH", 10)
    bench = training.Bench(some(), HardwareSettings(threads=1, precision="32"), steps=4)
    times = training.measure(bench, kinds=["logistic", training.BEST], rounds=1)
    of_each = {f"{kind}{what}" for kind in ("logistic", "best-recipe") for what in ("", " by hand")}
    assert set(times) == {"plain", *of_each}
    assert all(each[0] > 0 for each in times.values())


def test_ratios_are_to_the_plain_loop() -> None:
    times = {"plain": [1.0, 2.0], "lstm": [0.5, 1.0], "lstm by hand": [0.4, 0.9]}
    lines = training.table(times, kinds=["lstm"]).splitlines()
    assert lines[2].split("|")[2:4] == ["     333 ", "             1.00x "]
    assert "2.00x" in lines[3]
    assert "100.0 ms, 13.3 %" in lines[3]
