"""All metrics at once."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from earmark.errors import DataError
from earmark.evaluation import metrics, ranking, youtube8m
from earmark.evaluation.evaluate import evaluate
from earmark.evaluation.label_quality import LabelQuality
from earmark.evaluation.ranking import LabelRanks
from earmark.evaluation.statistics import ScoreStatistics
from earmark.evaluation.youtube8m import TopEntries
from earmark.formats import Labels
from earmark.ontology import Label

TABLE = tuple(Label(index, f"/t/{index}", f"Sound {index}") for index in range(30))
RNG = np.random.default_rng(0)
TRUTH = RNG.random((400, 30)) < 0.1
TRUTH[:, 7] = False
SCORES = (RNG.random((400, 30)) * 0.6 + 0.4 * TRUTH).astype(np.float32)


def test_each_metric_stands_under_its_own_name() -> None:
    found = evaluate(TRUTH, SCORES, TABLE)
    rest = np.arange(30) != 7
    assert found.mAP == pytest.approx(average_precision_score(TRUTH[:, rest], SCORES[:, rest]))
    assert found.mAUC == pytest.approx(roc_auc_score(TRUTH[:, rest], SCORES[:, rest]))
    assert found.d_prime == metrics.d_prime(found.mAUC)
    ranks, top = LabelRanks.of(TRUTH, SCORES), TopEntries.of(TRUTH, SCORES)
    assert found.lwlrap == ranking.lwlrap(ranks)
    assert found.hit_at_1 == youtube8m.hit_at_1(ranks)
    assert found.perr == youtube8m.perr(ranks)
    assert found.map_at_20 == youtube8m.map_at_k(top)
    assert found.gap == youtube8m.gap(top)
    assert (found.n_clips, found.n_classes, found.n_without_positives) == (400, 30, 1)
    assert repr(found).startswith(f"Evaluation(mAP {found.mAP:.4f}, mAUC ")


def test_each_class_has_its_own() -> None:
    found = evaluate(TRUTH, SCORES, TABLE, quality={"/t/3": LabelQuality("/t/3", 10, 7)})
    counts = ScoreStatistics.of(TRUTH, SCORES)
    best = metrics.best_f1(counts)
    assert [result.index for result in found.per_class] == list(range(30))
    third = found.per_class[3]
    assert (third.id, third.name, third.count) == ("/t/3", "Sound 3", TRUTH[:, 3].sum())
    assert third.ap == average_precision_score(TRUTH[:, 3], SCORES[:, 3])
    assert third.auc == pytest.approx(roc_auc_score(TRUTH[:, 3], SCORES[:, 3]))
    assert third.d_prime == metrics.d_prime(third.auc)
    assert third.lwlrap == ranking.lwlrap_per_class(LabelRanks.of(TRUTH, SCORES))[3]
    assert (third.best_f1, third.best_threshold) == (best.f1[3], best.thresholds[3])
    assert third.quality == 0.7
    assert math.isnan(found.per_class[4].quality)


def test_a_class_that_no_clip_has() -> None:
    result = evaluate(TRUTH, SCORES, TABLE).per_class[7]
    assert result.count == 0
    for name in ("ap", "auc", "d_prime", "lwlrap", "best_f1", "best_threshold"):
        assert math.isnan(getattr(result, name))


def test_json_is_one_object_without_what_json_does_not_know() -> None:
    found = evaluate(TRUTH, SCORES, TABLE)
    read = json.loads(found.to_json())
    assert list(read) == [field.name for field in fields(found)]
    assert read["mAP"] == found.mAP
    assert read["per_class"][3]["name"] == "Sound 3"
    assert read["per_class"][7]["ap"] is None
    perfect = evaluate(np.eye(3, dtype=bool), np.eye(3, dtype=np.float32), TABLE[:3])
    assert perfect.d_prime == math.inf
    assert json.loads(perfect.to_json())["d_prime"] is None


def test_labels_do_as_well_as_a_table() -> None:
    labels = Labels.of([np.flatnonzero(row).tolist() for row in TRUTH])
    assert repr(evaluate(labels, SCORES, TABLE)) == repr(evaluate(TRUTH, SCORES, TABLE))


def test_no_positives_at_all() -> None:
    found = evaluate(np.zeros((3, 2), bool), np.full((3, 2), 0.5, np.float32), TABLE[:2])
    assert found.n_without_positives == 2
    assert (found.hit_at_1, found.perr) == (0, 0)
    for value in (found.mAP, found.mAUC, found.d_prime, found.lwlrap, found.map_at_20, found.gap):
        assert math.isnan(value)


def test_one_clip() -> None:
    found = evaluate(np.array([[1, 0]], bool), np.array([[0.2, 0.1]], np.float32), TABLE[:2])
    assert (found.mAP, found.hit_at_1, found.lwlrap, found.gap) == (1, 1, 1, 1)
    assert math.isnan(found.mAUC)


def test_equal_scores_everywhere() -> None:
    found = evaluate(TRUTH, np.full_like(SCORES, 0.5), TABLE)
    shares = TRUTH.mean(axis=0)
    assert found.mAP == pytest.approx(shares[shares > 0].mean())
    assert found.mAUC == 0.5
    assert found.d_prime == 0


@pytest.mark.parametrize(
    ("scores", "table", "reason"),
    [
        (SCORES * 8 - 4, TABLE, r"between 0 and 1, and these reach from -3.* to 3.*: put logits"),
        (SCORES + 1, TABLE, r"between 0 and 1, and these reach from 1\..* to"),
        (SCORES, TABLE[:29], "scores of 30 classes and a table of 29 labels"),
        (SCORES * np.float32(np.nan), TABLE, "the score of clip 0 for class 0 is nan"),
        (SCORES[0], TABLE, r"scores must be float \[clips, classes\]"),
    ],
)
def test_what_does_not_fit_is_refused(
    scores: np.ndarray, table: tuple[Label, ...], reason: str
) -> None:
    with pytest.raises(DataError, match=reason):
        evaluate(TRUTH, scores, table)


def test_metrics_and_calibration_need_no_pytorch() -> None:
    modules = ("evaluate", "calibration", "confusion", "reliability", "agreement")
    code = f"""
import sys
for name in {modules}:
    __import__("earmark.evaluation." + name)
print({{"torch", "lightning", "sklearn", "scipy"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
