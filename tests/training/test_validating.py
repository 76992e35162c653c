from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from training.synthetic import some_clips

from earmark.formats import Labels
from earmark.training.choice import ClassifierChoice
from earmark.training.clips import Clips
from earmark.training.validating import ValidationSettings, clip_scores, measured


def test_measures_of_a_case_made_by_hand() -> None:
    scores = np.array([[0.9, 0.1, 0.5], [0.8, 0.2, 0.5], [0.1, 0.7, 0.5]], np.float32)
    labels = Labels.of([[0], [1], [1]])
    found = measured(scores, labels, exclusive=False)
    # Class 0 ranks its clip first. Class 1 ranks its clips first and second. Class 2 has none.
    assert (found.mAP, found.mAUC) == pytest.approx((1.0, 1.0))
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.clips == 3
    truth = labels.to_multi_hot(3)
    entropy = -np.log(np.where(truth, scores, 1 - scores))
    assert found.loss == pytest.approx(entropy.mean(), rel=1e-5)
    exclusive = measured(scores, labels, exclusive=True)
    assert exclusive.loss == pytest.approx(-np.log([0.9, 0.2, 0.7]).mean(), rel=1e-5)


def test_clips_without_labels_count_in_no_accuracy() -> None:
    found = measured(np.full((2, 2), 0.5, np.float32), Labels.none(2), exclusive=True)
    assert math.isnan(found.accuracy)
    assert math.isnan(found.loss)
    assert math.isnan(found.mAP)


@pytest.mark.parametrize("exclusive", [False, True])
def test_scores_are_what_the_classifier_gives(exclusive: bool) -> None:
    clips = some_clips(20)
    classifier = ClassifierChoice.model_validate({"hidden": 8, "n_layers": 1}).build(
        n_classes=5, exclusive=exclusive
    )
    there = Clips(clips, classes=5)
    classifier.train()
    scores = clip_scores(classifier, there)
    assert classifier.training
    wanted, _ = classifier.eval()(*there.run(0, 20))
    np.testing.assert_allclose(scores, wanted.detach().numpy(), atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "measure", "best", "expected"),
    [
        ({}, 0.3, 0.2, True),
        ({}, 0.2, 0.2, False),
        ({"least": 0.1}, 0.25, 0.2, False),
        ({"least": 0.1}, 0.35, 0.2, True),
        ({"monitor": "loss"}, 0.1, 0.2, True),
        ({"monitor": "loss"}, 0.3, 0.2, False),
        ({}, 0.1, math.nan, True),
        ({}, math.nan, math.nan, False),
        ({}, math.nan, 0.1, False),
    ],
)
def test_what_is_better(
    changes: dict[str, Any], measure: float, best: float, expected: bool
) -> None:
    assert ValidationSettings.model_validate(changes).is_better(measure, best) is expected


def test_one_source_of_clips() -> None:
    with pytest.raises(ValidationError, match="give a split or a share to validate on"):
        ValidationSettings(split="eval", share=0.1)
