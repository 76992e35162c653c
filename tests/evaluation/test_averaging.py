from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from evaluation.prediction_making import RAIN_AND_MORE, some_predictions
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import DataError
from earmark.evaluation.averaging import average
from earmark.ontology import Label

FIRST, SECOND, THIRD = (some_predictions(6, seed=seed, table=RAIN_AND_MORE) for seed in range(3))


def test_the_mean_of_each_score() -> None:
    found = average([FIRST, SECOND, THIRD])
    wanted = np.mean([FIRST.scores, SECOND.scores, THIRD.scores], axis=0)
    np.testing.assert_allclose(found.scores, wanted, rtol=1e-6)
    assert (found.title, found.ids) == ("average of 3", FIRST.ids)


def test_the_mean_of_one_is_that_one() -> None:
    assert average([FIRST]) is FIRST


@given(st.permutations(range(6)), st.permutations(range(3)))
def test_clips_and_classes_may_come_in_any_order(clips: list[int], classes: list[int]) -> None:
    shuffled = replace(
        SECOND.take(np.array(clips)),
        scores=SECOND.scores[clips][:, classes],
        table=tuple(
            Label(at, RAIN_AND_MORE[old].id, RAIN_AND_MORE[old].name)
            for at, old in enumerate(classes)
        ),
    )
    assert average([FIRST, shuffled]) == average([FIRST, SECOND])


def test_clips_that_not_all_have_are_left_out() -> None:
    found = average([FIRST, SECOND[2:5]])
    assert found.ids == FIRST.ids[2:5]
    np.testing.assert_allclose(found.scores, (FIRST.scores + SECOND.scores)[2:5] / 2, rtol=1e-6)


def test_one_that_knows_the_best_only_makes_the_mean_so() -> None:
    assert not average([FIRST, replace(SECOND, complete=False)]).complete


def test_what_has_no_mean_is_refused() -> None:
    with pytest.raises(DataError, match="no predictions to average"):
        average([])
    strange = (RAIN_AND_MORE[0], Label(1, "x", "x"), RAIN_AND_MORE[2])
    with pytest.raises(DataError, match="of other classes: '/m/032s66' is not in both"):
        average([FIRST, replace(SECOND, table=strange)])
    others = replace(SECOND, ids=tuple("abcdef"), title="maker 2")
    with pytest.raises(DataError, match="maker 1, maker 2 have no clip in common"):
        average([FIRST, others])
    twice = replace(SECOND, ids=(SECOND.ids[1],) * 6, starts=np.full(6, 10.0))
    with pytest.raises(DataError, match="has the clip 'youtube-001' 6 times"):
        average([FIRST, twice])
