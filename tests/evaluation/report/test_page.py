from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from evaluation.prediction_making import a_calibration, some_predictions
from evaluation.report.reading_html import Node, read_html

from earmark.evaluation.assessment import Assessment, assess
from earmark.evaluation.label_quality import LabelQuality
from earmark.evaluation.predictions import Predictions
from earmark.evaluation.report.page import page
from earmark.evaluation.truth import Labelled
from earmark.formats import Labels
from earmark.ontology import Label, labels

HOSTILE = '<script>alert("1")</script>&amp;\'"'


def _assessed(
    predictions: Predictions, rows: list[list[int]], *more: Predictions, calibrate: bool = False
) -> Assessment:
    labelled = Labelled(predictions.ids, predictions.starts, Labels.of(rows), predictions.table)
    quality = {labels()[0].id: LabelQuality(labels()[0].id, 10, 9)}
    return assess(labelled, [predictions, *more], quality=quality, calibrate=calibrate)


def _some(clips: int, classes: int, *, seed: int = 0, most: int = 3) -> Assessment:
    rng = np.random.default_rng(seed)
    table = labels()[:classes]
    rows = [rng.permutation(classes)[: rng.integers(0, most + 1)].tolist() for _ in range(clips)]
    rows[0] = [0]
    return _assessed(some_predictions(clips, seed=seed, table=table), rows)


def _read(found: Assessment, **more: object) -> Node:
    return read_html(page(found, data="a set", **more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def whole() -> Node:
    return _read(_some(400, 527))


def test_it_needs_nothing_from_elsewhere() -> None:
    text = page(_some(100, 527), data="a set")
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    assert f'content="{policy}"' in text
    assert not re.search(r"(src|href|url|import)\s*[=(]", text.replace("default-src", ""))
    assert "http" not in text.replace("http-equiv", "")
    assert len(text) < 400_000


def test_it_has_all_its_parts(whole: Node) -> None:
    assert [each.text for each in whole.all("h2")] == [
        "Plots", "Best and worst classes", "All classes"
    ]  # fmt: skip
    assert len(whole.all("figure")) == len(whole.all("svg", role="img")) == 4
    assert len(whole.all("dt")) == 9
    table = next(each for each in whole.all("table") if each.attributes.get("id") == "classes")
    assert len(table.all("tr")) == 528
    assert len(table.all("th", scope="col")) == 10
    points = whole.all("g", **{"class": "points s1 faint"})[0].all("title")
    assert points[0].text.startswith("Speech: AP 0.")
    assert whole.all("html", lang="en")


def test_numbers_are_those_of_the_evaluation() -> None:
    found = _some(200, 20)
    values = [each.text for each in _read(found).all("dd", **{"class": "value"})]
    overall = found.evaluation
    assert values[:3] == [f"{value:.3f}" for value in (overall.mAP, overall.mAUC, overall.d_prime)]
    assert values[-1] == f"{found.calibration_errors[0]:.4f}"


def test_names_are_text_whatever_they_are() -> None:
    predictions = some_predictions(60, table=labels()[:3], title=HOSTILE)
    table = tuple(Label(at, f"{HOSTILE}{at}", f"{HOSTILE}{at}") for at in range(3))
    found = _assessed(replace(predictions, table=table), [[at % 3] for at in range(60)])
    text = page(found, data=HOSTILE, notes=[HOSTILE])
    root = read_html(text)
    assert len(root.all("script")) == 1
    assert "alert(" not in root.all("script")[0].text
    assert root.all("h1")[0].text == HOSTILE
    assert root.all("li")[0].text == HOSTILE
    assert text.count("<script") == 1


def test_each_of_several_is_shown_alone() -> None:
    first, second = (some_predictions(50, seed=at, table=labels()[:4]) for at in range(2))
    root = _read(_assessed(first, [[at % 4] for at in range(50)], replace(second, title="other")))
    assert root.all("h1")[0].text == "average of 2"
    alone = root.all("section")[0]
    assert alone.all("h2")[0].text == "Each alone"
    assert [each.text for each in alone.all("th", scope="row")] == ["maker 1", "other"]


def test_a_calibration_shows_beside_what_it_was_before() -> None:
    predictions = replace(some_predictions(80, table=labels()[:4]), calibration=a_calibration(4))
    rows = [[at % 4] for at in range(80)]
    for found in (
        _assessed(predictions, rows),
        _assessed(replace(predictions, calibration=None), rows, calibrate=True),
    ):
        root = _read(found)
        before, after = found.calibration_errors
        assert root.all("dd", **{"class": "value"})[-1].text == f"{after:.4f}"
        assert f"calibrated, error {after:.4f}" in root.all("figure")[3].text
        assert f"as they are, error {before:.4f}" in root.all("figure")[3].text


def test_few_classes_of_one_label_each_have_a_matrix() -> None:
    predictions = some_predictions(60, table=labels()[:3])
    rows = [[at % 3] for at in range(60)]
    matrix = _read(_assessed(predictions, rows)).all("div", **{"class": "matrix"})[0]
    cells = [[cell.text for cell in row.all("td")] for row in matrix.all("tr")[1:]]
    wanted = np.zeros((3, 3), int)
    np.add.at(wanted, ([row[0] for row in rows], predictions.scores.argmax(axis=1)), 1)
    assert cells == [[str(each) if each else "" for each in row] for row in wanted.tolist()]


def test_what_is_taken_for_something_else_is_named() -> None:
    rng = np.random.default_rng(0)
    # Rain, thunder and wind, of which rain is also taken for a chirp: neither is a kind of another.
    names = ("Rain", "Thunder", "Wind", "Chirp, tweet", "Speech", "Piano")
    known = {label.name: label for label in labels()}
    table = tuple(Label(at, known[name].id, name) for at, name in enumerate(names))
    rows = [[at % 6, (at + 1) % 6][: 1 + at % 2] for at in range(240)]
    scores = (rng.random((240, 6)) * 0.1).astype(np.float32)
    for clip, row in enumerate(rows):
        scores[clip, row] = 0.9
        scores[clip, 3] = 0.9 if 0 in row else scores[clip, 3]
    found = _assessed(replace(some_predictions(240, table=table), scores=scores), rows)
    section = next(each for each in _read(found).all("section") if "Confusions" in each.text)
    first = section.all("tbody")[0].all("tr")[0]
    assert [each.text for each in first.all("th") + first.all("td")][:2] == ["Rain", "Chirp, tweet"]


def test_curves_are_those_that_are_asked_for() -> None:
    found = _some(200, 30)
    root = _read(found, curves=[7, 3])
    legend = [each.text for each in root.all("figure")[0].all("li")]
    names = [labels()[at].name for at in (7, 3)]
    assert [text.partition(" (AP")[0] for text in legend] == ["all classes together", *names]
    most = [each.text for each in _read(found).all("figure")[0].all("li")]
    assert len(most) == 6


@pytest.mark.parametrize(
    ("clips", "classes", "rows"),
    [
        (1, 1, [[0]]),
        (2, 1, [[0], []]),
        (2, 3, [[0], [0]]),
        (3, 2, [[0, 1], [0, 1], [0, 1]]),
        (4, 2, [[], [], [1], []]),
    ],
)
def test_the_smallest_sets_have_a_page(clips: int, classes: int, rows: list[list[int]]) -> None:
    predictions = some_predictions(clips, table=labels()[:classes])
    for calibrate in (False, True):
        root = _read(_assessed(predictions, rows, calibrate=calibrate))
        assert root.all("svg")
        assert "nan" not in root.all("main")[0].text


@pytest.mark.parametrize("value", [0.0, 1.0, 0.5])
def test_scores_that_are_all_the_same_have_a_page(value: float) -> None:
    predictions = some_predictions(20, table=labels()[:3])
    same = replace(predictions, scores=np.full((20, 3), value, np.float32))
    root = _read(_assessed(same, [[at % 3] for at in range(20)]))
    assert len(root.all("figure")) == 4


def test_what_is_not_defined_is_a_dash() -> None:
    found = _assessed(some_predictions(4, table=labels()[:3]), [[0], [0, 1], [1], []])
    table = next(
        each for each in _read(found).all("table") if each.attributes.get("id") == "classes"
    )
    assert [cell.text for cell in table.all("tr")[3].all("td")][2:] == ["\N{EN DASH}"] * 7
    assert math.isnan(found.evaluation.per_class[2].ap)
