"""One page that holds all there is to say of an evaluation.

It needs no network, and fetches nothing: style, script and pictures are in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from earmark import __version__
from earmark.evaluation import confusion
from earmark.evaluation.assessment import Assessment
from earmark.evaluation.logit_counts import LogitCounts
from earmark.evaluation.reliability import Reliability
from earmark.evaluation.report import figures, tables
from earmark.evaluation.report.elements import Element, element, to_html
from earmark.evaluation.statistics import ScoreStatistics

__all__ = ["page"]

_HERE = Path(__file__).parent
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_CONFUSIONS = 30
_FEWEST = 10
"""In how many clips a confusion must have happened to be named."""
_MATRIX = 30
"""With so many classes at most all confusions are shown."""
_CURVES = 5


def page(
    found: Assessment,
    *,
    data: str,
    curves: Sequence[int] | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Write the page.

    Parameters
    ----------
    found : Assessment
    data : str
        What it was measured on.
    curves : sequence of int, optional
        The classes whose precision-recall curves are drawn, five at most; those that most clips
        have if not given.
    notes : sequence of str
        Sentences that a reader has to know.

    Returns
    -------
    str
        HTML.
    """
    title = f"{found.title} on {data}"
    return to_html(
        element(
            "html",
            element(
                "head",
                element("meta", charset="utf-8"),
                element("meta", name="viewport", content="width=device-width, initial-scale=1"),
                element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
                element("title", title),
                element("style", _read("page.css")),
            ),
            element(
                "body",
                _header(found, data, notes),
                element("main", *_sections(found, curves)),
                _footer(),
                element("script", _read("page.js")),
            ),
            lang="en",
        )
    )


def _header(found: Assessment, data: str, notes: Sequence[str]) -> Element:
    overall = found.evaluation
    clips, classes = tables.spaced(overall.n_clips), tables.spaced(overall.n_classes)
    return element(
        "header",
        element("h1", found.title),
        element("p", f"{data}: {clips} clips, {classes} classes", class_="quiet"),
        tables.metrics(overall, found.calibration_errors),
        element("ul", *(element("li", note) for note in notes), class_="notes quiet")
        if notes
        else None,
    )


def _sections(found: Assessment, curves: Sequence[int] | None) -> list[Element]:
    drawn = [
        _section("Plots", _figures(found, curves)),
        _section("Best and worst classes", tables.best_and_worst(found.evaluation.per_class)),
    ]
    if found.members:
        drawn.insert(0, _section("Each alone", tables.each_alone(found.members)))
    drawn += _confusions(found)
    return [*drawn, _section("All classes", _search(), tables.all_classes(found))]


def _confusions(found: Assessment) -> list[Element]:
    predictions, truth = found.matched.predictions, found.matched.truth
    table = found.matched.table
    if len(table) > 1 and (truth.sum(axis=1) == 1).all():
        counted = confusion.confusion_matrix(truth, predictions.scores)
        how = "The best class of each clip is taken as the answer."
        if len(table) <= _MATRIX:
            return [_section("Confusions", _quiet(how), tables.matrix(counted, table))]
    else:
        calibration = predictions.calibration
        best = np.array([each.best_threshold for each in found.evaluation.per_class])
        thresholds = best if calibration is None else calibration.thresholds
        counted = confusion.false_alarms(truth, predictions.scores, thresholds)
        where = "the threshold with the best F1" if calibration is None else "its own threshold"
        how = (
            "Which classes are wrongly said to be in clips that have another, beyond how often "
            f"they wrongly are elsewhere. From {where} on a class is said to be there. What is a "
            "kind of the other is left out."
        )
    worst = counted.worst(_CONFUSIONS, fewest=_FEWEST, ignore=confusion.related(table))
    if not worst:
        return []
    return [_section("Confusions", _quiet(how), tables.confused(worst, table))]


def _quiet(text: str) -> Element:
    return element("p", text, class_="quiet")


def _figures(found: Assessment, curves: Sequence[int] | None) -> Element:
    predictions, truth = found.matched.predictions, found.matched.truth
    counts = LogitCounts.of(truth, predictions.scores)
    results = found.evaluation.per_class
    if curves is None:
        frequent = sorted(results, key=lambda each: -each.count)[:_CURVES]
        chosen = [each for each in frequent if each.count]
    else:
        chosen = [results[index] for index in curves]
    after = found.calibrated
    return element(
        "div",
        figures.curves(counts, ScoreStatistics.of(truth, predictions.scores), chosen),
        figures.against_count(found.evaluation),
        figures.histogram(counts),
        figures.reliability(
            Reliability.of(truth, predictions.scores).bins(),
            None if after is None else Reliability.of(truth, after).bins(),
        ),
        class_="figures",
    )


def _section(title: str, *content: Element) -> Element:
    return element("section", element("h2", title), *content)


def _search() -> Element:
    return element(
        "div",
        element("label", "Search", for_="search"),
        element("input", id="search", type="search", autocomplete="off"),
        element("span", id="found", role="status", class_="quiet"),
        class_="search",
        hidden="hidden",
    )


def _footer() -> Element:
    return element(
        "footer",
        element(
            "p",
            "AP is scikit-learn's average precision; mAP@20 and GAP are YouTube-8M's and other "
            "numbers. Means leave out classes that no clip has. Best F1 is what the best "
            "threshold, in the column after it, reaches on these very clips; others do a little "
            "worse. Labels right is the share of clips in which Google's raters heard the label.",
        ),
        element("p", f"Made by earmark {__version__}."),
    )


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
