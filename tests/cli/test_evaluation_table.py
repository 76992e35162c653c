from __future__ import annotations

from dataclasses import replace

import pytest
from evaluation.prediction_making import some_predictions
from rich.cells import cell_len

from earmark.cli.evaluation_table import draw
from earmark.evaluation.assessment import Assessment, assess
from earmark.evaluation.label_quality import LabelQuality
from earmark.evaluation.predictions import Predictions
from earmark.evaluation.truth import Labelled
from earmark.formats import Labels
from earmark.ontology import Label, labels


def _assessed(
    table: tuple[Label, ...], *, several: bool = False, rated: bool = False
) -> Assessment:
    made = some_predictions(90, table=table)
    members: list[Predictions] = [made]
    if several:
        members.append(replace(some_predictions(90, seed=1, table=table), title="another one 2"))
    rows = Labels.of([[at % len(table)] for at in range(90)])
    quality = {table[0].id: LabelQuality(table[0].id, 10, 9)} if rated else None
    return assess(Labelled(made.ids, made.starts, rows, table), members, quality=quality)


@pytest.mark.parametrize("width", [60, 73, 100])
def test_it_fits_any_width(width: int) -> None:
    table = tuple(replace(label, name=label.name * 3) for label in labels()[:40])
    for several in (False, True):
        drawn = draw(_assessed(table, several=several, rated=True), data="a set", width=width)
        assert max(cell_len(line) for line in drawn.splitlines()) <= width


def test_best_and_worst_are_different_classes() -> None:
    drawn = draw(_assessed(labels()[:40]), data="a set")
    best, _, worst = drawn.partition("  worst classes")
    best = best.partition("  best classes")[2]
    names = [
        {label.name for label in labels()[:40] if f"  {label.name} " in part}
        for part in (best, worst)
    ]
    assert [len(each) for each in names] == [8, 8]
    assert not names[0] & names[1]


def test_the_worst_comes_first() -> None:
    found = _assessed(labels()[:40])
    worst = min(found.evaluation.per_class, key=lambda each: each.ap)
    drawn = draw(found, data="a set").partition("  worst classes")[2].splitlines()
    assert drawn[1].startswith(f"  {worst.name} ")


def test_label_quality_is_shown_where_it_is_known() -> None:
    assert "labels" not in draw(_assessed(labels()[:3]), data="x").partition("best classes")[2]
    drawn = draw(_assessed(labels()[:3], rated=True), data="x").partition("best classes")[2]
    assert "labels" in drawn
    assert "90%" in drawn


def test_several_are_listed() -> None:
    drawn = draw(_assessed(labels()[:3], several=True), data="x")
    assert drawn.startswith("average of 2\nx: 90 clips, 3 classes\n")
    assert "  maker 1 " in drawn
    assert "  another one 2 " in drawn


def test_one_class_is_the_best_and_none_the_worst() -> None:
    drawn = draw(_assessed(labels()[:1]), data="x")
    assert "best classes" in drawn
    assert "worst classes" not in drawn
