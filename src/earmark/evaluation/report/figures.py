"""The plots of a report, each with its legend and a sentence that says how to read it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.evaluation.evaluate import ClassResult, Evaluation
from earmark.evaluation.logit_counts import EDGES, LogitCounts
from earmark.evaluation.metrics import precision_recall
from earmark.evaluation.reliability import Bins
from earmark.evaluation.report.elements import Element, element
from earmark.evaluation.report.plot import Plot, linear, logarithmic, logit
from earmark.evaluation.statistics import ScoreStatistics

__all__ = ["against_count", "curves", "histogram", "reliability"]

_MOST_POINTS = 160
"""Of a curve: more cannot be told apart."""
_SERIES = 6
"""How many colours there are."""


@dataclass(frozen=True, slots=True)
class _Entry:
    style: str
    text: str


def curves(
    counts: LogitCounts, statistics: ScoreStatistics, results: Sequence[ClassResult]
) -> Element:
    """Draw precision against recall, of all classes together and of some alone.

    Parameters
    ----------
    counts : LogitCounts
    statistics : ScoreStatistics
    results : sequence of ClassResult
        The classes to draw alone; as many as there are colours are.
    """
    plot = Plot(
        "Precision against recall",
        "Precision against recall for all classes together and for "
        + ", ".join(result.name for result in results),
        linear("recall", 0, 1, step=0.2),
        linear("precision", 0, 1, step=0.2),
    )
    hits = np.cumsum(counts.positives.sum(axis=0)[::-1])
    said = np.cumsum(counts.clips.sum(axis=0)[::-1])
    there = hits > 0
    precision, recall = hits[there] / said[there], hits[there] / hits[-1]
    legend = []
    for number, result in enumerate(results[: _SERIES - 1], 2):
        curve = precision_recall(statistics, result.index)
        at = _thinned(len(curve.recall))
        plot.line(curve.recall[at], curve.precision[at], style=f"s{number}", title=result.name)
        legend.append(_Entry(f"s{number}", f"{result.name} (AP {result.ap:.2f})"))
    plot.line(recall, precision, style="s1 thick", title="all classes together")
    legend.insert(0, _Entry("s1", "all classes together"))
    return _figure(
        plot,
        legend,
        "Every decision on every clip counts in the curve of all classes together, so the frequent "
        "ones weigh most; mAP gives each class the same weight.",
    )


def against_count(evaluation: Evaluation) -> Element:
    """Draw the average precision of each class against how many clips have it."""
    judged = [each for each in evaluation.per_class if not math.isnan(each.ap)]
    count = np.array([each.count for each in judged], np.float64)
    ap = np.array([each.ap for each in judged])
    plot = Plot(
        "Average precision against number of clips",
        f"One point for each of {len(judged)} classes; the mean average precision is "
        f"{evaluation.mAP:.3f}",
        logarithmic("clips that have the class", *_span(count)),
        linear("average precision", 0, 1, step=0.2),
    )
    titles = [
        f"{each.name}: AP {each.ap:.3f}, {each.count} clip{'' if each.count == 1 else 's'}"
        for each in judged
    ]
    plot.points(np.log10(count), ap, style="s1 faint", titles=titles)
    centres, medians = _medians(np.log10(count), ap)
    plot.line(centres, medians, style="s2 thick", title="median")
    ends = [plot.x.low, plot.x.high]
    plot.line(ends, [evaluation.mAP] * 2, style="rule", title=f"mAP {evaluation.mAP:.3f}")
    legend = [_Entry("s1", "a class; its name shows under the pointer"), _Entry("rule", "mAP")]
    if len(centres) > 1:
        legend.insert(1, _Entry("s2", "median of classes with about as many clips"))
    return _figure(plot, legend, "What is rare here need not be what was rare in training.")


def histogram(counts: LogitCounts) -> Element:
    """Draw how often each score is given, where a class is there and where it is not."""
    positives, clips = counts.positives.sum(axis=0), counts.clips.sum(axis=0)
    plot = Plot(
        "How often each score is given",
        "Two histograms of scores: of classes that are there and of classes that are not",
        logit("score", *_ends(clips)),
        linear("share of each", 0, 1, step=0.25),
    )
    edges = EDGES[::4]
    bars = []
    for values in (clips - positives, positives):
        shares = values.reshape(-1, 4).sum(axis=1) / max(values.sum(), 1)
        bars.append(_held_in(shares, edges, plot.x.low, plot.x.high))
    highest = max(float(heights.max()) for _, heights in bars)
    end, step = _round_up(highest)
    plot.y = linear("share of each", 0, end, step=step)
    legend = []
    names = ("not there", "there")
    for (places, heights), style, name in zip(bars, ("s1", "s2"), names, strict=True):
        plot.area(np.repeat(places, 2)[1:-1], np.repeat(heights, 2), style=style, title=name)
        legend.append(_Entry(style, f"the class is {name}"))
    return _figure(
        plot,
        legend,
        "Each of the two adds up to one. The nearer to 0 or 1, the more room a score has; what "
        "lies beyond the ends is counted in the outermost bars.",
    )


def reliability(before: Bins, after: Bins | None) -> Element:
    """Draw how often a class is there, against its score."""
    plot = Plot(
        "How often a class is there, against its score",
        f"Expected calibration error {before.error:.4f}"
        + ("" if after is None else f", {after.error:.4f} when calibrated"),
        linear("score", 0, 1, step=0.2),
        linear("share that has the class", 0, 1, step=0.2),
    )
    plot.line([0, 1], [0, 1], style="rule", title="scores that are probabilities")
    legend = [_Entry("rule", "scores that are probabilities")]
    for bins, style, name in ((before, "s1", "as they are"), (after, "s2", "calibrated")):
        if bins is None:
            continue
        plot.line(bins.score, bins.share, style=style)
        filled = bins.count > 0
        titles = [
            f"{count} scores of {score:.3f} on average: {share:.1%} have the class"
            for count, score, share in zip(bins.count, bins.score, bins.share, strict=True)
            if count
        ]
        plot.points(bins.score[filled], bins.share[filled], style=style, titles=titles)
        legend.append(_Entry(style, f"{name}, error {bins.error:.4f}"))
    return _figure(
        plot,
        legend,
        "Scores are taken together by fifteenths; how many there are shows under the pointer. The "
        "error is the distance from the dashed line, averaged over all scores, most of which are "
        "near 0 as a rule.",
    )


def _figure(plot: Plot, legend: Sequence[_Entry], note: str) -> Element:
    entries = [
        element("li", element("span", class_=f"swatch {entry.style}"), entry.text)
        for entry in legend
    ]
    return element(
        "figure",
        element("h3", plot.title),
        plot.to_svg(),
        element("ul", *entries, class_="legend"),
        element("figcaption", note),
    )


def _thinned(count: int) -> NDArray[np.intp]:
    """Choose points of a curve, the first and the last among them."""
    return np.unique(np.linspace(0, max(count - 1, 0), _MOST_POINTS).astype(np.intp))[:count]


def _span(counts: NDArray[np.float64]) -> tuple[float, float]:
    low, high = float(counts.min(initial=np.inf)), float(counts.max(initial=0))
    return (low * 0.7, high * 1.3) if high else (1.0, 10.0)


def _medians(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """Return where the middle is of points that are near each other, in steps of a half of ten."""
    centres, medians = [], []
    steps = np.floor(x * 4).astype(np.int64)
    for step in np.unique(steps):
        near = steps == step
        if np.count_nonzero(near) >= 5:
            centres.append(float(np.median(x[near])))
            medians.append(float(np.median(y[near])))
    return centres, medians


def _ends(clips: NDArray[np.float64]) -> tuple[float, float]:
    """Choose between which scores an axis has to go to show nearly all of them."""
    share = np.cumsum(clips) / clips.sum()
    first, last = EDGES[np.searchsorted(share, (0.01, 0.9999))]
    lows = [end for end in (0.0001, 0.001, 0.01) if _logit(end) <= first]
    highs = [end for end in (0.99, 0.9) if _logit(end) >= last]
    return max(lows, default=0.00001), min(highs, default=0.999)


def _logit(score: float) -> float:
    return math.log(score / (1 - score))


def _held_in(
    shares: NDArray[np.float64], edges: NDArray[np.float64], low: float, high: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add what lies beyond the ends to the outermost bars: edges, and the bars' heights."""
    first, last = np.searchsorted(edges, (low, high)).tolist()
    inside = shares[first : last - 1].copy()
    inside[0] += shares[:first].sum()
    inside[-1] += shares[last - 1 :].sum()
    places = edges[first:last].copy()
    places[0], places[-1] = low, high
    return places, inside


def _round_up(value: float) -> tuple[float, float]:
    """Return the end of an axis and the step of its marks."""
    for step in (0.01, 0.02, 0.05, 0.1, 0.2):
        if value <= step * 5:
            return math.ceil(value / step - 1e-9) * step, step
    return 1.0, 0.2
