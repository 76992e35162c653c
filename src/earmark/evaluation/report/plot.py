"""Axes, lines, points and bars as SVG that takes its colours from the page around it.

Drawn here rather than by a plotting library: what the libraries write has fixed colours, which fit
light pages or dark ones, no text for a screen reader and none to show under the pointer, and is
some hundred kilobytes a plot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from earmark.evaluation.report.elements import Child, Element, element

__all__ = ["Axis", "Plot", "Values", "linear", "logarithmic", "logit"]

Values = NDArray[np.floating] | Sequence[float]

_WIDTH, _HEIGHT = 480.0, 340.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 16.0, 12.0, 46.0
_LETTER = 7.0
"""About how wide one is."""


@dataclass(frozen=True)
class Axis:
    """From where to where, on which scale, with which marks."""

    label: str
    low: float
    high: float
    """Ends, as they are scaled."""
    ticks: tuple[tuple[float, str], ...]
    """Marks: where, scaled, and what stands there."""

    def at(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far along it values are, from 0 to 1, not beyond its ends."""
        span = self.high - self.low or 1.0
        return np.clip((scaled - self.low) / span, 0, 1)


def linear(label: str, low: float, high: float, *, step: float) -> Axis:
    """Return an axis of equal steps."""
    count = round((high - low) / step)
    marks = (low + at * step for at in range(count + 1))
    return Axis(label, low, high, tuple((mark, f"{mark:g}") for mark in map(_tidy, marks)))


def logarithmic(label: str, low: float, high: float) -> Axis:
    """Return an axis on which ten times as much is one step; values are ``log10`` of theirs."""
    first, last = math.log10(low), max(math.log10(high), math.log10(low) + 1)
    marks = [
        digit * 10.0**power
        for power in range(math.floor(first), math.ceil(last) + 1)
        for digit in ((1, 2, 5) if last - first < 4 else (1,))
    ]
    inside = (mark for mark in marks if first - 1e-9 <= math.log10(mark) <= last + 1e-9)
    return Axis(label, first, last, tuple((math.log10(mark), f"{mark:g}") for mark in inside))


def logit(label: str, low: float, high: float) -> Axis:
    """Return an axis of scores that has as much room near 0 and 1; values are logits."""
    marks = (0.00001, 0.0001, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
    spelt = ((_logit(mark), f"{mark:.5f}".rstrip("0")) for mark in marks if low <= mark <= high)
    ticks = tuple(spelt)
    return Axis(label, _logit(low), _logit(high), ticks)


@dataclass
class Plot:
    """One plot while it is drawn.

    Parameters
    ----------
    title : str
        What it shows.
    description : str
        The same in a sentence, for who cannot see it.
    x, y : Axis
    """

    title: str
    description: str
    x: Axis
    y: Axis
    _marks: list[Element] = field(default_factory=list)

    def line(self, x: Values, y: Values, *, style: str, title: str | None = None) -> None:
        """Draw a line through points; `style` is the name of a class of the style sheet."""
        points = " ".join(f"{h:.1f},{v:.1f}" for h, v in self._places(x, y))
        hint = None if title is None else element("title", title)
        self._marks.append(element("polyline", hint, points=points, class_=f"line {style}"))

    def points(
        self,
        x: Values,
        y: Values,
        *,
        style: str,
        titles: Sequence[str] = (),
        radius: float = 3.0,
    ) -> None:
        """Draw points, each with what shows under the pointer."""
        group = element("g", class_=f"points {style}")
        for at, (h, v) in enumerate(self._places(x, y)):
            hint = element("title", titles[at]) if titles else None
            group.append(element("circle", hint, cx=h, cy=v, r=radius))
        self._marks.append(group)

    def area(self, x: Values, y: Values, *, style: str, title: str | None = None) -> None:
        """Draw a line, and fill what is below it."""
        places = self._places(x, y)
        floor = _HEIGHT - _BOTTOM
        corners = [(places[0][0], floor), *places, (places[-1][0], floor)] if places else []
        points = " ".join(f"{h:.1f},{v:.1f}" for h, v in corners)
        hint = None if title is None else element("title", title)
        self._marks.append(element("polygon", hint, points=points, class_=f"area {style}"))

    def to_svg(self) -> Element:
        """Return the picture."""
        return element(
            "svg",
            element("title", self.title),
            element("desc", self.description),
            *self._frame(),
            *self._marks,
            viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}",
            role="img",
        )

    def _places(self, x: Values, y: Values) -> list[tuple[float, float]]:
        """Find where points are in the picture, without those that are nowhere."""
        first, second = np.asarray(x, np.float64), np.asarray(y, np.float64)
        there = np.isfinite(first) & np.isfinite(second)
        across = _LEFT + self.x.at(first[there]) * (_WIDTH - _LEFT - _RIGHT)
        down = _HEIGHT - _BOTTOM - self.y.at(second[there]) * (_HEIGHT - _TOP - _BOTTOM)
        return list(zip(across.tolist(), down.tolist(), strict=True))

    def _frame(self) -> list[Child]:
        right, floor = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        drawn: list[Child] = []
        taken = -math.inf
        for value, text in self.x.ticks:
            ((h, _),) = self._places([value], [self.y.low])
            drawn.append(element("line", x1=h, x2=h, y1=_TOP, y2=floor, class_="grid"))
            half = len(text) * _LETTER / 2
            if h - half > taken:  # marks that would run into each other are not named
                drawn.append(element("text", text, x=h, y=floor + 16, class_="middle"))
                taken = h + half + _LETTER
        for value, text in self.y.ticks:
            ((_, v),) = self._places([self.x.low], [value])
            drawn.append(element("line", x1=_LEFT, x2=right, y1=v, y2=v, class_="grid"))
            drawn.append(element("text", text, x=_LEFT - 7, y=v + 4, class_="end"))
        middle = (_TOP + floor) / 2
        drawn += [
            element("text", self.x.label, x=(_LEFT + right) / 2, y=_HEIGHT - 8, class_="middle"),
            element(
                "text",
                self.y.label,
                x=14.0,
                y=middle,
                class_="middle",
                transform=f"rotate(-90 14 {middle:g})",
            ),
        ]
        return drawn


def _tidy(value: float) -> float:
    return round(value, 9)


def _logit(score: float) -> float:
    return math.log(score / (1 - score))
