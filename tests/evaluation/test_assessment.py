from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from evaluation.prediction_making import RAIN_AND_MORE, a_calibration, some_predictions

from earmark.errors import DataError
from earmark.evaluation.assessment import CLASS_COLUMNS, assess, cross_fitted
from earmark.evaluation.calibration import fit_calibration
from earmark.evaluation.evaluate import evaluate
from earmark.evaluation.label_quality import LabelQuality
from earmark.evaluation.reliability import Reliability
from earmark.evaluation.truth import Labelled
from earmark.formats import Labels
from earmark.ontology import Label

RNG = np.random.default_rng(0)
TRUTH = RNG.random((400, 3)) < [0.5, 0.3, 0.0]
ONE = replace(
    some_predictions(400, table=RAIN_AND_MORE),
    scores=np.clip(RNG.random((400, 3)) * 0.5 + TRUTH * 0.4, 0, 1).astype(np.float32),
)
LABELLED = Labelled(
    ONE.ids, ONE.starts, Labels.of(np.flatnonzero(row).tolist() for row in TRUTH), ONE.table
)


def test_one_is_what_its_evaluation_says() -> None:
    found = assess(LABELLED, [ONE])
    assert repr(found.evaluation) == repr(evaluate(TRUTH, ONE.scores, ONE.table))
    assert (found.title, found.members, found.calibrated) == ("maker 1", (), None)
    error = Reliability.of(TRUTH, ONE.scores).bins().error
    assert found.calibration_errors == (error, None)


def test_several_are_averaged_and_each_is_judged_alone() -> None:
    other = replace(some_predictions(400, seed=1, table=RAIN_AND_MORE), title="other")
    found = assess(LABELLED, [ONE, other])
    mean = ((ONE.scores + other.scores) / 2).astype(np.float32)
    assert found.evaluation.mAP == pytest.approx(evaluate(TRUTH, mean, ONE.table).mAP)
    assert [each.title for each in found.members] == ["maker 1", "other"]
    alone = evaluate(TRUTH, other.scores, ONE.table)
    assert found.members[1].evaluation.mAP == alone.mAP


def test_nothing_cannot_be_judged() -> None:
    with pytest.raises(DataError, match="no predictions to average"):
        assess(LABELLED, [])


def test_probabilities_are_those_of_the_tagger() -> None:
    calibration = a_calibration(3)
    found = assess(LABELLED, [replace(ONE, calibration=calibration)])
    assert found.calibrated is not None
    np.testing.assert_array_equal(found.calibrated, calibration.apply(ONE.scores))
    before, after = found.calibration_errors
    assert after == Reliability.of(TRUTH, found.calibrated).bins().error != before


def test_what_is_calibrated_is_not_what_it_was_calibrated_on() -> None:
    found = cross_fitted(TRUTH, ONE.scores)
    np.testing.assert_array_equal(found, cross_fitted(TRUTH, ONE.scores))
    # Whether a clip has a class says nothing of how its own score is read.
    for row in (0, 1, 2, 3):
        other = TRUTH.copy()
        other[row] = ~other[row]
        np.testing.assert_array_equal(cross_fitted(other, ONE.scores)[row], found[row])
    assert not np.array_equal(found, fit_calibration(TRUTH, ONE.scores).apply(ONE.scores))
    assessed = assess(LABELLED, [ONE], calibrate=True)
    np.testing.assert_array_equal(assessed.calibrated, found)
    before, after = assessed.calibration_errors
    assert after is not None
    assert after < before


def test_halves_without_labels_teach_nothing() -> None:
    lone = np.array([[True], [False]])
    scores = np.array([[0.7], [0.2]], np.float32)
    assert cross_fitted(lone, scores)[0] == scores[0]


def test_classes_that_take_turns_are_in_both_halves() -> None:
    turns = np.arange(400)[:, None] % 4 == np.arange(4)
    logits = RNG.normal(0, 1, (400, 4)) + 2 * turns  # of which the probability is 2 x - 3.1
    scores = (1 / (1 + np.exp(-logits))).astype(np.float32)
    found = Reliability.of(turns, cross_fitted(turns, scores)).bins().error
    assert found < Reliability.of(turns, scores).bins().error / 2


def test_json_has_null_where_something_is_not_defined() -> None:
    quality = {"/m/06mb1": LabelQuality("/m/06mb1", 10, 9)}
    found = json.loads(assess(LABELLED, [ONE], quality=quality).to_json())
    assert found["n_without_positives"] == 1
    first, _, last = found["classes"]
    assert tuple(first) == CLASS_COLUMNS
    assert (first["name"], first["label_quality"]) == ("Rain", 0.9)
    assert (last["count"], last["ap"], last["label_quality"]) == (0, None, None)


def test_csv_has_nothing_there() -> None:
    rows = list(csv.reader(assess(LABELLED, [ONE]).to_csv().splitlines()))
    assert tuple(rows[0]) == CLASS_COLUMNS
    assert rows[2][:4] == ["1", "/m/032s66", "Gunshot, gunfire", str(int(TRUTH[:, 1].sum()))]
    assert rows[3][3:] == ["0", *[""] * 7]


def test_what_is_left_out_is_told() -> None:
    table = (*RAIN_AND_MORE[:2], Label(2, "x", "Hum"))
    labelled = replace(LABELLED, labels=Labels.of([[at % 3] for at in range(400)]), table=table)
    found = json.loads(assess(labelled, [ONE]).to_json())
    assert found["unknown_labels"] == [{"id": "x", "name": "Hum", "count": 133}]
    assert found["unlabelled_classes"] == [{"id": "/m/0ngt1", "name": "Thunder"}]
    assert found["n_classes"] == 2
