from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from evaluation.prediction_making import RAIN_AND_MORE, a_calibration, some_predictions
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from earmark.errors import DataError
from earmark.evaluation.predictions import Predictions, top
from earmark.ontology import Label

FEW = some_predictions(4, table=RAIN_AND_MORE)


def test_parts_laid_end_to_end_are_the_whole() -> None:
    whole = some_predictions(10)
    assert Predictions.concatenate([whole[:3], whole[3:3], whole[3:]]) == whole
    assert Predictions.concatenate([whole]) is whole
    assert whole != replace(whole, title="another")
    assert whole.take(np.array([4, 2])).ids == (whole.ids[4], whole.ids[2])
    assert repr(whole) == "Predictions(10 clips, 527 classes, 'maker 1')"


def test_nothing_or_others_cannot_be_laid_end_to_end() -> None:
    with pytest.raises(DataError, match="no predictions"):
        Predictions.concatenate([])
    with pytest.raises(DataError, match="of different classes"):
        Predictions.concatenate([FEW, some_predictions(4)])


@pytest.mark.parametrize("bad", [-0.001, 1.001, np.nan, np.inf])
def test_a_score_that_is_none_is_named(bad: float) -> None:
    scores = FEW.scores.copy()
    scores[2, 1] = bad
    with pytest.raises(DataError, match=r"clip 'youtube-002' has the score .* 'Gunshot, gunfire'"):
        replace(FEW, scores=scores)


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(DataError, match=r"scores must be float32 \[4, 3\] for 4 ids, not float64"):
        replace(FEW, scores=FEW.scores.astype(np.float64))
    with pytest.raises(DataError, match=r"starts must be .* not float64 \[2\]"):
        replace(FEW, starts=FEW.starts[:2])
    with pytest.raises(DataError, match="label 'Rain' has number 7 in the table, and not 0"):
        replace(FEW, table=(Label(7, "/m/06mb1", "Rain"), *RAIN_AND_MORE[1:]))


def test_tags_are_the_best_labels_by_name() -> None:
    predictions = replace(FEW, scores=np.array([[0.2, 0.9, 0.2]] * 4, np.float32))
    first, *others = predictions.tags(top_k=2)
    assert [tag.label for tag in first] == ["Gunshot, gunfire", "Rain"]
    assert others == [first] * 3
    assert first[0].score == np.float32(0.9)
    assert [tag.id for tag in next(predictions.tags(top_k=9))][1:] == ["/m/06mb1", "/m/0ngt1"]


def test_tags_have_probabilities_where_these_are_known() -> None:
    calibration = a_calibration(3)
    wanted = calibration.apply(FEW.scores)
    for row, tags in enumerate(replace(FEW, calibration=calibration).tags(top_k=3)):
        places = {label.id: label.index for label in FEW.table}
        found = {places[tag.id]: tag.probability for tag in tags}
        assert found == dict(enumerate(wanted[row].tolist()))
    assert [tag.probability for tag in next(FEW.tags(top_k=3))] == [None] * 3


def test_calibrated_scores_are_probabilities() -> None:
    calibration = a_calibration(3)
    found = replace(FEW, calibration=calibration).calibrated()
    np.testing.assert_array_equal(found.scores, calibration.apply(FEW.scores))
    assert (found.title, found.calibration) == ("maker 1, calibrated", None)
    with pytest.raises(DataError, match="maker 1 is not calibrated: run `earmark evaluate"):
        FEW.calibrated()


def _plainly(row: list[float], count: int) -> list[int]:
    return sorted(range(len(row)), key=lambda at: (-row[at], at))[:count]


@given(
    # Few different numbers, so that many are equal.
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(0, 5), st.integers(0, 8)),
        elements=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    ),
    st.integers(0, 10),
)
def test_the_best_are_those_of_a_plain_sort(scores: NDArray[np.float32], count: int) -> None:
    classes, theirs = top(scores, count)
    assert classes.tolist() == [_plainly(row, count) for row in scores.tolist()]
    np.testing.assert_array_equal(theirs, np.take_along_axis(scores, classes, axis=1))
