from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from evaluation.prediction_making import RAIN_AND_MORE, some_predictions

from earmark.cli.evaluation_output import notes, plan
from earmark.errors import UsageError
from earmark.evaluation.assessment import assess
from earmark.evaluation.truth import Labelled
from earmark.formats import Labels
from earmark.ontology import Label

MADE = some_predictions(6, table=RAIN_AND_MORE)
LABELLED = Labelled(MADE.ids, MADE.starts, Labels.of([[0], [1], [2], [0], [1], [2]]), MADE.table)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_name_says_what_a_file_is() -> None:
    assert plan(None, report=None, format=None).shown == "json"
    assert plan(None, report=None, format="csv").shown == "csv"
    for name, kind in (("a.json", "json"), ("a.CSV", "csv"), ("a.html", "html")):
        found = plan(Path(name), report=None, format=None)
        assert (found.shown, found.files) == (None, ((Path(name), kind),))
    assert plan(Path("a.txt"), report=None, format="csv").files == ((Path("a.txt"), "csv"),)
    both = plan(Path("a.json"), report=Path("r.htm"), format=None)
    assert both.files[1] == (Path("r.htm"), "html")


def test_a_folder_has_all_three() -> None:
    Path("there.d").mkdir()
    for name in ("there.d", "new"):
        found = plan(Path(name), report=None, format=None)
        assert found.folder == Path(name)
        assert [path.name for path, _ in found.files] == [
            "metrics.json", "classes.csv", "report.html"
        ]  # fmt: skip


def test_what_a_name_does_not_tell() -> None:
    with pytest.raises(UsageError, match=r"--output a.txt may be anything: call it .json"):
        plan(Path("a.txt"), report=None, format=None)
    with pytest.raises(UsageError, match="there is no folder no"):
        plan(Path("no/a.json"), report=None, format=None)


def test_nothing_is_noted_where_all_is_well() -> None:
    assert list(notes(assess(LABELLED, [MADE]))) == []


def test_what_a_reader_has_to_know() -> None:
    table = (*RAIN_AND_MORE[:2], Label(2, "x", "Hum"))
    labelled = Labelled(
        (*MADE.ids[:5], "elsewhere"),
        MADE.starts,
        Labels.of([[0], [2], [2], [0], [0], [2]]),
        table,
    )
    found = assess(labelled, [replace(MADE, complete=False)])
    assert list(notes(found)) == [
        "left out, as maker 1 does not know it: Hum (3 clips), 1 label of the set",
        "left out, as the set has no label for it: Thunder, 1 class of maker 1",
        "without predictions: 1 clip of the set",
        "not in the set: 1 clip of the predictions",
        "these predictions have the best classes of each clip only, and count as 0 for the others: "
        "Hit@1, PERR, mAP@20 and GAP are right, and the other metrics too low",
        "in no clip, and left out of means: 1 class",
    ]


def test_many_are_not_all_named() -> None:
    more = tuple(Label(at, f"x{at}", f"X{at}") for at in range(9))
    table = (*(replace(label, index=at) for at, label in enumerate((*RAIN_AND_MORE, *more))),)
    labelled = replace(LABELLED, labels=Labels.of([[*range(12)]] * 6), table=table)
    (note,) = notes(assess(labelled, [MADE]))
    assert note.endswith("X3 (6 clips), X4 (6 clips) and 4 more, 9 labels of the set")
