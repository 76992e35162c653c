"""Train: clips per second of each kind of classifier, beside a plain loop.

    python -m benchmarks.training [--threads 2] [--rounds 5] [--steps 12] [--kinds logistic lstm]

As many clips as AudioSet's balanced set has are made; what is in them does not matter here. The
batch is 500 for all.

* the plain loop: multi-level attention in PyTorch, as Kong's published code is described
  (`benchmarks/plain_training.py`). What all others are compared with.
* earmark: a run of `earmark train` of each kind, with its sampling, optimiser and all else that it
  does between steps, from the third step on. A kind has the sizes and settings that it has when
  nobody sets any, and Kong's sampling; `best-recipe` has what recipes/audioset-balanced.yaml says.
* by hand: the same classifier's forward pass, loss, backward pass and optimiser on one batch that
  is made beforehand. What earmark takes beside it is its own.

In turn, round by round, in one process with the same threads. Every figure is the median of the
rounds, and a round's that of its steps.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import torch

from benchmarks.clips import clips
from benchmarks.measuring import conditions, markdown
from benchmarks.plain_training import PlainLoop
from earmark.classifiers.family import FAMILY
from earmark.formats import EmbeddingSet
from earmark.training.clips import Clips
from earmark.training.data import TrainingData
from earmark.training.hardware import computing, precision_of
from earmark.training.layouts import layout_of
from earmark.training.listening import Silent
from earmark.training.losses import Loss
from earmark.training.optimisers import make_optimiser
from earmark.training.recipes import read_recipe, settings_from
from earmark.training.run import Run
from earmark.training.settings import HardwareSettings, TrainSettings

BALANCED = 22_160
"""Clips of AudioSet's balanced set."""
BATCH = 500
BEST = "best-recipe"
ALL = [*FAMILY, BEST]
RECIPE = Path(__file__).resolve().parents[1] / "recipes" / "audioset-balanced.yaml"
SKIPPED = 2
"""Steps of each round that do not count: memory is taken, and paths are found, in the first."""


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=BALANCED, help="how many to make")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=["auto", "32", "bf16"], default="auto")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts")
    parser.add_argument("--steps", type=int, default=12, help="steps of a round")
    parser.add_argument("--kinds", nargs="+", choices=ALL, default=ALL)
    return parser.parse_args()


class Clock(Silent):
    """A listener that takes the time of each step, and ends the run after some."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.times: list[float] = []

    def stepped(self, step: int) -> None:
        """Take the time."""
        self.times.append(perf_counter())

    def is_over(self) -> bool:
        """Whether there were enough steps."""
        return len(self.times) >= self.steps

    def seconds(self) -> float:
        """What a step took."""
        return float(median(np.diff(self.times[SKIPPED:]).tolist()))


def timed(step: Callable[[], object], steps: int) -> float:
    """What a step takes."""
    times = [perf_counter()]
    for _ in range(steps):
        step()
        times.append(perf_counter())
    return float(median(np.diff(times)[SKIPPED:].tolist()))


@dataclass(frozen=True)
class Bench:
    """All that is trained."""

    data: EmbeddingSet
    hardware: HardwareSettings
    steps: int
    plain: PlainLoop = field(init=False)

    def __post_init__(self) -> None:
        """Make the plain loop, which goes on from round to round."""
        truth = self.data.labels.to_multi_hot(len(self.data.table))
        object.__setattr__(self, "plain", PlainLoop(self.data.frames, truth, batch=BATCH))

    def settings(self, kind: str) -> TrainSettings:
        """As Kong has it, or as the recipe does."""
        own = {"classifier": {"kind": kind}, "sampling": {"kind": "balance_in_batch"}}
        settings = settings_from(
            read_recipe(RECIPE) if kind == BEST else own,
            typed={"batch": BATCH, "iterations": 10**6, "checkpoint_every": 10**6},
        )
        return settings.model_copy(update={"hardware": self.hardware})

    def earmark(self, kind: str) -> float:
        """Train for a round; return what a step takes."""
        clock, settings = Clock(self.steps), self.settings(kind)
        with TemporaryDirectory() as folder:
            layout = layout_of("earmark", Path(folder), settings)
            run = Run(TrainingData(self.data), settings, layout=layout, listener=clock)
            run.trained(stop=clock.is_over)
        return clock.seconds()

    def by_hand(self, kind: str) -> float:
        """Do the arithmetic alone for a round; return what a step takes."""
        settings = self.settings(kind)
        rows = np.arange(BATCH) % len(self.data)
        batch = Clips(self.data, classes=len(self.data.table)).batch(rows)
        classifier = settings.classifier.build(n_classes=len(self.data.table))
        optimiser = make_optimiser(settings.optimiser, classifier, classes=len(self.data.table))
        loss = Loss(settings.loss, counts=np.ones(len(self.data.table), int), clips=1)

        def step() -> None:
            logits = classifier.training_logits(batch.embeddings, batch.mask).float()
            each = loss(logits, batch.targets.repeat(len(logits) // BATCH, 1))
            penalty = classifier.penalty()
            optimiser.zero_grad()
            (each if penalty is None else each + penalty).backward()
            optimiser.step()

        bf16 = precision_of(self.hardware, torch.device("cpu")) == "bf16"
        with computing(self.hardware), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            return timed(step, self.steps)

    def plainly(self) -> float:
        """Go on with the plain loop for a round; return what a step takes."""
        with computing(self.hardware.model_copy(update={"precision": "32"})):
            return timed(self.plain.step, self.steps)


def measure(bench: Bench, *, kinds: list[str], rounds: int) -> dict[str, list[float]]:
    """Have all of them work in turn; seconds a step by name, round by round."""
    jobs: dict[str, Callable[[], float]] = {"plain": bench.plainly}
    for kind in kinds:
        jobs[kind] = partial(bench.earmark, kind)
        jobs[f"{kind} by hand"] = partial(bench.by_hand, kind)
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            times[name].append(job())
    return times


def table(times: dict[str, list[float]], *, kinds: list[str]) -> str:
    """Lay out clips a second, the plain loop's share, and what is not the classifier's."""
    rows = [["the plain loop", f"{BATCH / median(times['plain']):.0f}", "1.00x", ""]]
    for kind in kinds:
        ours, alone = times[kind], times[f"{kind} by hand"]
        faster = median(a / b for a, b in zip(times["plain"], ours, strict=True))
        beside = median(a - b for a, b in zip(ours, alone, strict=True))
        own = f"{1000 * beside:.1f} ms, {100 * beside / median(ours):.1f} %"
        rows.append([kind, f"{BATCH / median(ours):.0f}", f"{faster:.2f}x", own])
    return markdown(["", "clips/s", "to the plain loop", "beside the arithmetic"], rows)


def main() -> None:
    """Measure and print the table."""
    options = parsed()
    data = EmbeddingSet.concatenate(list(clips(options.clips)))
    hardware = HardwareSettings(
        accelerator="cpu", threads=options.threads, precision=options.precision
    )
    bench = Bench(data, hardware, options.steps)
    times = measure(bench, kinds=options.kinds, rounds=options.rounds)
    print(
        f"Batches of {BATCH} of {len(data)} clips, {options.threads} threads, precision "
        f"{options.precision}; {conditions()}; {options.rounds} rounds of {options.steps} steps.\n"
    )
    print(table(times, kinds=options.kinds))


if __name__ == "__main__":
    main()
