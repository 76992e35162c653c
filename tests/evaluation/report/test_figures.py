from __future__ import annotations

import numpy as np
import pytest
from evaluation.report.reading_html import read_html
from hypothesis import given
from hypothesis import strategies as st

from earmark.evaluation.evaluate import evaluate
from earmark.evaluation.logit_counts import EDGES, LogitCounts
from earmark.evaluation.reliability import Reliability
from earmark.evaluation.report import figures
from earmark.evaluation.report.elements import Element, to_html
from earmark.evaluation.statistics import ScoreStatistics
from earmark.ontology import labels

TRUTH = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], bool)
SCORES = np.array([[0.9, 0.1], [0.4, 0.8], [0.6, 0.3], [0.2, 0.05]], np.float32)


def _titles(figure: Element) -> list[str]:
    return [each.text for each in read_html(to_html(figure)).all("title")]


def test_the_curve_of_all_classes_together_counts_every_decision() -> None:
    counts, statistics = LogitCounts.of(TRUTH, SCORES), ScoreStatistics.of(TRUTH, SCORES)
    results = evaluate(TRUTH, SCORES, labels()[:2]).per_class
    figure = figures.curves(counts, statistics, results)
    line = figure.findall(".//polyline")[-1]
    # By falling score: right right right wrong right wrong..., four of them to find.
    right = TRUTH.ravel()[np.argsort(-SCORES.ravel())]
    assert line.attrib["class"] == "line s1 thick"
    points = [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]
    ends = points[0][1], points[-1][1]
    low, high = 294.0, 12.0
    assert ends[0] == high  # the best is right
    share = (low - ends[1]) / (low - high)
    assert share == pytest.approx(right.sum() / len(right), abs=0.01)
    assert _titles(figure)[1:] == [
        labels()[0].name, labels()[1].name, "all classes together"
    ]  # fmt: skip


def test_a_point_for_each_class_that_some_clip_has() -> None:
    evaluation = evaluate(np.array([[1, 0], [0, 0]], bool), SCORES[:2], labels()[:2])
    titles = _titles(figures.against_count(evaluation))
    assert f"{labels()[0].name}: AP 1.000, 1 clip" in titles
    assert not [title for title in titles if title.startswith(labels()[1].name)]


def test_reliability_says_how_many() -> None:
    bins = Reliability.of(TRUTH, SCORES, bins=2).bins()
    titles = _titles(figures.reliability(bins, None))
    assert "5 scores of 0.210 on average: 20.0% have the class" in titles
    assert "3 scores of 0.767 on average: 100.0% have the class" in titles


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40), st.integers(0, 2**40))
def test_bars_add_up_to_one_whatever_the_scores(values: list[float], pattern: int) -> None:
    scores = np.array(values, np.float32)[:, None]
    truth = np.array([pattern >> at & 1 for at in range(len(values))], bool)[:, None]
    counts = LogitCounts.of(truth, scores)
    clips = counts.clips.sum(axis=0)
    low, high = figures._ends(clips)
    assert 0 < low < high < 1
    shares = clips.reshape(-1, 4).sum(axis=1) / clips.sum()
    logits = [float(np.log(end / (1 - end))) for end in (low, high)]
    edges, bars = figures._held_in(shares, EDGES[::4], *logits)
    assert bars.sum() == pytest.approx(1)
    assert len(edges) == len(bars) + 1
    assert (np.diff(edges) > 0).all()
    assert (edges[0], edges[-1]) == pytest.approx(logits)
    figures.histogram(counts)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(0.04, 0.04), (0.0401, 0.05), (0.2, 0.2), (0.37, 0.4), (1.0, 1.0), (0.0, 0.0)],
)
def test_the_end_of_an_axis_is_round(value: float, wanted: float) -> None:
    end, step = figures._round_up(value)
    assert end == pytest.approx(wanted)
    assert end / step == pytest.approx(round(end / step))
