"""How training shows itself on a terminal: a line while it goes on, and a summary at the end."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.cli.progress import Progress, spell
from earmark.cli.streams import say
from earmark.formats import Damage

if TYPE_CHECKING:
    from earmark.training.trained import Trained
    from earmark.training.validating import Measured

__all__ = ["Screen"]

_BAR = 24


class _Steps(Progress):
    """The line at the foot of the terminal, in iterations."""

    step = steps = 0
    clips_per_second = 0.0
    said: str = ""
    label: str = ""

    def stepped(self, step: int) -> None:
        """Take note that an iteration is done."""
        with self._lock:
            self.step = step
            self._draw()

    def line(self) -> str:
        """Compose what is shown."""
        part = self.step / max(1, self.steps)
        full = round(part * _BAR)
        parts = ["━" * full + "─" * (_BAR - full), f"{self.step} of {self.steps}"]
        if self.clips_per_second:
            parts.append(f"{self.clips_per_second:.0f} clips/s")
        parts += [text for text in (self.said, self._left(), self.label) if text]
        return "   ".join(parts)

    def begin(self, step: int, steps: int) -> None:
        """Begin, or go on, with a run."""
        self.step, self.steps, self._first = step, steps, step
        self.clips_per_second, self.said = 0.0, ""
        self._begun = self._clock()

    def _left(self) -> str:
        done = self.step - self._first
        if not done:
            return ""
        return f"{spell(self.elapsed * (self.steps - self.step) / done)} left"


class Screen:
    """Says on stderr how training goes.

    Parameters
    ----------
    quiet : bool
        Whether to say nothing but what may be wrong.
    runs : int
        How many runs there will be.
    """

    def __init__(self, *, quiet: bool = False, runs: int = 1) -> None:
        self._line = _Steps()
        self._line.visible &= not quiet
        self._quiet, self._runs, self._run = quiet, runs, 0
        self.damaged = 0

    def damage(self, damage: Damage) -> None:
        """Name a damaged record."""
        self.damaged += 1
        self.notice(f"damaged and left out: {damage}")

    def notice(self, text: str) -> None:
        """Say something that may be wrong."""
        self._line.hide()
        say(text)

    def began(self, *, step: int, steps: int, batch: int) -> None:
        """Say that a run begins or goes on."""
        self._run += 1
        self._line.label = f"run {self._run} of {self._runs}" if self._runs > 1 else ""
        self._line.begin(step, steps)
        if step:
            self._say(f"goes on after iteration {step} of {steps}")

    def stepped(self, step: int) -> None:
        """Move the line along."""
        self._line.stepped(step)

    def noted(self, step: int, values: dict[str, float]) -> None:
        """Take note of the loss; where it was measured, say how good it is in a line of its own."""
        line = self._line
        line.clips_per_second = values.get("clips_per_second", line.clips_per_second)
        if "loss" in values:
            line.said = f"loss {values['loss']:.4g}"
        if "mAP" in values:
            of = f"iteration {step} of {line.steps}"
            self._say(f"{of}: {line.said}, mAP {values['mAP']:.4f}, mAUC {values['mAUC']:.4f}")

    def interrupted(self, output: Path) -> None:
        """Say how to go on."""
        self._line.hide()
        if not self._line.steps:
            say(f"interrupted before the first iteration; {output} was not written")
            return
        say(
            f"interrupted after iteration {self._line.step} of {self._line.steps}: what is done is "
            f"in {output}; give the same command to go on from there"
        )

    def done(self, trained: Trained) -> None:
        """Say what came of it."""
        self._line.hide()
        runs = trained.runs
        clips = sum(run.iterations * run.batch for run in runs)
        seconds = sum(run.seconds for run in runs)
        many = f"{len(runs)} runs of " if len(runs) > 1 else ""
        self._say(
            f"{many}{runs[0].iterations} iterations of {runs[0].batch} clips in {spell(seconds)} "
            f"({clips / max(seconds, 1e-9):.0f} clips/s)"
        )
        for name, found in (("validation", trained.validation), ("test", trained.test)):
            if found is not None:
                self._say(_spelt(name, found))
        spread = [
            f"{name} {entry['mean']:.4f} ± {entry['deviation']:.4f}"
            for name, entry in trained.spread().items()
            if name.endswith((" mAP", " accuracy"))
        ]
        if spread:
            self._say(f"one run alone, mean and deviation: {', '.join(spread)}")
        self._say(f"wrote {trained.folder}: see its README.md")

    def _say(self, text: str) -> None:
        if not self._quiet:
            self._line.hide()
            say(text, softly=True)


def _spelt(name: str, found: Measured) -> str:
    numbers = {"mAP": found.mAP, "mAUC": found.mAUC, "accuracy": found.accuracy}
    said = ", ".join(f"{key} {value:.4f}" for key, value in numbers.items() if math.isfinite(value))
    return f"{name}, {found.clips} clips: {said}"
