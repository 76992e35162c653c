from __future__ import annotations

import math

import numpy as np
import pytest

from earmark.evaluation.report.elements import Element
from earmark.evaluation.report.plot import Axis, Plot, linear, logarithmic, logit


def _plot(x: Axis | None = None) -> Plot:
    return Plot("A title", "In words", x or linear("x", 0, 1, step=0.5), linear("y", 0, 1, step=1))


def _points(svg: Element, name: str) -> list[tuple[float, float]]:
    (line,) = svg.findall(name)
    return [
        (float(pair.split(",")[0]), float(pair.split(",")[1]))
        for pair in line.attrib["points"].split()
    ]


def _texts(svg: Element) -> list[str | None]:
    return [each.text for each in svg.findall("text")]


def test_corners_of_the_frame() -> None:
    plot = _plot()
    plot.line([0, 1, 0.5], [0, 1, 0.5], style="s1", title="mine")
    svg = plot.to_svg()
    (left, bottom), (right, top), middle = _points(svg, "polyline")
    assert 0 < left < right < 480
    assert 0 < top < bottom < 340
    assert middle == pytest.approx(((left + right) / 2, (top + bottom) / 2), abs=0.06)
    assert svg.attrib["role"] == "img"
    assert [svg[0].text, svg[1].text] == ["A title", "In words"]
    assert _texts(svg) == ["0", "0.5", "1", "0", "1", "x", "y"]


def test_what_is_nowhere_is_not_drawn_and_what_is_beyond_stands_at_the_end() -> None:
    plot = _plot()
    plot.line([math.nan, 0.5, 7.0, 1.0], [0.5, math.inf, 0.5, 0.5], style="s1")
    first, second = _points(plot.to_svg(), "polyline")
    assert first == second


def test_points_have_what_shows_under_the_pointer() -> None:
    plot = _plot()
    plot.points([0.1, 0.2], [0.3, 0.4], style="s1", titles=["one <&>", "two"])
    circles = plot.to_svg().findall(".//circle")
    assert [circle[0].text for circle in circles] == ["one <&>", "two"]


def test_an_area_goes_down_to_the_axis() -> None:
    plot = _plot()
    plot.area([0.2, 0.8], [0.5, 0.5], style="s1")
    first, second, third, last = _points(plot.to_svg(), "polygon")
    assert (first[0], last[0]) == (second[0], third[0])
    assert first[1] == last[1] > second[1]
    plot.area([], [], style="s1")  # nothing, and no error


def test_marks_of_a_logarithmic_axis() -> None:
    assert [text for _, text in logarithmic("n", 50, 6000).ticks] == [
        "50", "100", "200", "500", "1000", "2000", "5000"
    ]  # fmt: skip
    assert [text for _, text in logarithmic("n", 1, 2_000_000).ticks] == [
        "1", "10", "100", "1000", "10000", "100000", "1e+06"
    ]  # fmt: skip
    assert len(logarithmic("n", 5, 5).ticks) > 1


def test_a_logit_axis_has_room_at_both_ends() -> None:
    axis = logit("score", 0.001, 0.999)
    assert [text for _, text in axis.ticks] == [
        "0.001",
        "0.01",
        "0.1",
        "0.5",
        "0.9",
        "0.99",
        "0.999",
    ]
    places = axis.at(np.array([mark for mark, _ in axis.ticks]))
    np.testing.assert_allclose(places, 1 - places[::-1], atol=1e-12)


def test_marks_that_would_touch_are_not_named() -> None:
    crowded = Axis("x", 0, 1, tuple((at / 100, f"mark {at}") for at in range(101)))
    named = [text for text in _texts(_plot(crowded).to_svg()) if text and text.startswith("mark")]
    assert 5 < len(named) < 12
