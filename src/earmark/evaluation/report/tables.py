"""The tables of a report."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from earmark.evaluation.assessment import OVERALL, Assessment, Member
from earmark.evaluation.confusion import Confusion, Confusions
from earmark.evaluation.evaluate import ClassResult, Evaluation
from earmark.evaluation.report.elements import Element, element
from earmark.ontology import Label

__all__ = ["all_classes", "best_and_worst", "confused", "each_alone", "matrix", "metrics", "spaced"]

NOTHING = "\N{EN DASH}"
NAMES = {
    "mAP": ("mAP", "average precision, averaged over classes, as AudioSet's papers do"),
    "mAUC": ("mAUC", "area under the ROC curve, averaged over classes"),
    "d_prime": ("d\N{PRIME}", "mAUC as a distance: \N{SQUARE ROOT}2 times its normal quantile"),
    "lwlrap": ("lwlrap", "how high the labels of a clip rank among all classes"),
    "hit_at_1": ("Hit@1", "clips whose best class is a label"),
    "perr": ("PERR", "of as many best classes as a clip has labels, the share that is right"),
    "map_at_20": ("mAP@20", "YouTube-8M's mAP, over the 20 best classes of each clip"),
    "gap": ("GAP", "one average precision over the 20 best classes of all clips"),
}
_BEST = 10


def metrics(evaluation: Evaluation, errors: tuple[float, float | None]) -> Element:
    """Show each metric with what it means."""
    tiles = [
        _tile(name, f"{getattr(evaluation, key):.3f}", meaning)
        for key, (name, meaning) in NAMES.items()
    ]
    before, after = errors
    meaning = "how far scores are from probabilities, on average"
    if after is not None:
        meaning = f"{meaning}, when calibrated; {before:.4f} as they are"
    tiles.append(_tile("Calibration error", f"{before if after is None else after:.4f}", meaning))
    return element("dl", *tiles, class_="tiles")


def each_alone(members: Sequence[Member]) -> Element:
    """Show how good each of several is alone."""
    heads = ["tagger", *(NAMES[key][0] for key in OVERALL)]
    rows = [
        [_name(member.title), *(_number(getattr(member.evaluation, key)) for key in OVERALL)]
        for member in members
    ]
    return _table(heads, rows)


def best_and_worst(results: Sequence[ClassResult]) -> Element:
    """Show the classes with the highest average precision and those with the lowest."""
    judged = sorted(
        (each for each in results if not math.isnan(each.ap)), key=lambda each: -each.ap
    )
    half = min(_BEST, (len(judged) + 1) // 2)
    parts = (("Best", judged[:half]), ("Worst", judged[half:][-_BEST:][::-1]))
    return element(
        "div",
        *(element("div", element("h3", title), _ranking(part)) for title, part in parts if part),
        class_="pair",
    )


def confused(found: Sequence[Confusion], table: Sequence[Label]) -> Element:
    """Show which classes are taken for which."""
    rows = [
        [
            _name(table[each.true].name),
            element("td", table[each.other].name),
            _count(each.count),
            _percent(each.share),
            _percent(each.usual),
        ]
        for each in found
    ]
    heads = ["there", "said to be there, too", "clips", "share", "elsewhere"]
    return element("div", _table(heads, rows), class_="names")


def matrix(found: Confusions, table: Sequence[Label]) -> Element:
    """Show how often each class is taken for each."""
    totals = np.diagonal(found.clips)
    rows = [
        [
            _name(label.name),
            *(
                element("td", str(count) if count else "", **_shade(count, int(totals[at])))
                for count in found.found[at].tolist()
            ),
        ]
        for at, label in enumerate(table)
    ]
    heads: list[str | Element] = ["there"]
    heads += [element("span", label.name) for label in table]
    return element("div", _table(heads, rows), class_="matrix")


def all_classes(found: Assessment) -> Element:
    """Show every class; the page's script sorts and searches."""
    results = found.evaluation.per_class
    rated = any(not math.isnan(each.quality) for each in results)
    heads = ["#", "class", "clips", "AP", "AUC", "d\N{PRIME}", "lwlrap", "best F1", "from"]
    rows = [_class(each, rated=rated) for each in results]
    return _table([*heads, "labels right"] if rated else heads, rows, id_="classes")


def spaced(number: int) -> str:
    """Write a number with its thousands apart."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _tile(name: str, value: str, meaning: str) -> Element:
    return element(
        "div", element("dt", name), element("dd", value, class_="value"), element("dd", meaning)
    )


def _ranking(results: Sequence[ClassResult]) -> Element:
    rows = [
        [_name(each.name), _count(each.count), _number(each.auc), _share(each.ap)]
        for each in results
    ]
    return _table(["class", "clips", "AUC", "AP"], rows)


def _class(each: ClassResult, *, rated: bool) -> list[Element]:
    cells = [
        element("td", str(each.index), class_="number"),
        element("th", each.name, element("code", each.id), scope="row"),
        element("td", str(each.count), class_="number"),
        _share(each.ap),
        *map(_number, (each.auc, each.d_prime, each.lwlrap, each.best_f1, each.best_threshold)),
    ]
    if rated:
        text = NOTHING if math.isnan(each.quality) else f"{each.quality:.0%}"
        cells.append(element("td", text, class_="number"))
    return cells


def _table(
    heads: Sequence[str | Element], rows: Sequence[Sequence[Element]], *, id_: str | None = None
) -> Element:
    head = element("tr", *(element("th", text, scope="col") for text in heads))
    body = (element("tr", *cells) for cells in rows)
    table = element("table", element("thead", head), element("tbody", *body), id=id_)
    # Wide tables scroll by themselves, which the keyboard can do only with what has the focus.
    return element("div", table, class_="scroll", tabindex="0")


def _name(text: str) -> Element:
    return element("th", text, scope="row")


def _count(count: int) -> Element:
    return element("td", spaced(count), class_="number")


def _number(value: float) -> Element:
    return element("td", f"{value:.3f}" if math.isfinite(value) else NOTHING, class_="number")


def _share(value: float) -> Element:
    if math.isnan(value):
        return element("td", NOTHING, class_="number")
    return element("td", f"{value:.3f}", **_bar(value))


def _percent(value: float) -> Element:
    return element("td", f"{value:.0%}", **_bar(value))


def _shade(count: int, total: int) -> dict[str, str]:
    """Colour a cell by its share."""
    return {"class_": "number", "style": f"--part:{count / max(total, 1):.2f}"}


def _bar(value: float) -> dict[str, str]:
    """Draw a bar behind a number."""
    return {"class_": "number bar", "style": f"--part:{value:.3f}"}
