"""What makes probabilities of scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.classifiers.calibration import Calibration
from earmark.errors import DataError, ModelError
from earmark.ontology import Label

LABELS = [Label(0, "/m/a", "A"), Label(1, "/m/b", "B")]


def make(**fields: Any) -> Calibration:
    given = {"slopes": [1.0, 0.5], "offsets": [0.0, -2.0], "thresholds": [0.5, 0.1], "n_clips": 90}
    return Calibration(**{**given, **fields})


def plainly(score: float, *, slope: float, offset: float) -> float:
    """The formula, in ordinary numbers."""
    near = min(max(score, 1e-7), 1 - 1e-7)
    return float(1 / (1 + np.exp(-(slope * np.log(near / (1 - near)) + offset))))


@settings(deadline=None)
@given(
    score=st.floats(0, 1, width=32),
    slope=st.floats(0.0625, 10, width=32),
    offset=st.floats(-10, 10, width=32),
)
def test_probabilities_are_as_the_formula_has_them(
    score: float, slope: float, offset: float
) -> None:
    calibration = make(slopes=[slope, 1], offsets=[offset, 0])
    first, second = calibration.apply(np.array([score, score], np.float32))
    assert first == pytest.approx(plainly(score, slope=slope, offset=offset), abs=1e-6)
    assert second == pytest.approx(np.clip(score, 1e-7, 1 - 1e-7), abs=1e-6)


def test_any_number_of_clips_and_none() -> None:
    scores = np.random.default_rng(0).random((4, 3, 2), np.float32)
    found = make().apply(scores)
    assert (found.dtype, found.shape) == (np.dtype(np.float32), scores.shape)
    np.testing.assert_array_equal(found[2, 1], make().apply(scores[2, 1]))
    assert make().apply(np.empty((0, 2), np.float32)).shape == (0, 2)


def test_scores_keep_their_order() -> None:
    scores = np.linspace(0, 1, 1000, dtype=np.float32)[:, None].repeat(2, axis=1)
    assert (np.diff(make().apply(scores), axis=0) >= 0).all()


def test_the_largest_numbers_overflow_nothing() -> None:
    both = make(slopes=[1e6, 1e6], offsets=[1e6, -1e6]).apply(np.array([0.9, 0.1]))
    np.testing.assert_array_equal(both, [1, 0])


def test_some_of_the_classes() -> None:
    scores = np.random.default_rng(0).random((5, 2), np.float32)
    chosen = np.array([1, 0, 1], np.intp)
    np.testing.assert_array_equal(
        make().apply(scores[:, chosen], classes=chosen), make().apply(scores)[:, chosen]
    )


@settings(deadline=None)
@given(
    numbers=st.lists(
        st.tuples(st.floats(1e-6, 1e6), st.floats(-1e6, 1e6), st.floats(0, 1)),
        min_size=2,
        max_size=2,
    )
)
def test_a_file_holds_it_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[tuple[float, float, float]]
) -> None:
    slopes, offsets, thresholds = zip(*numbers, strict=True)
    whole = make(slopes=slopes, offsets=offsets, thresholds=thresholds)
    path = tmp_path_factory.mktemp("tagger") / "calibration.csv"
    whole.write(path, labels=LABELS)
    again = Calibration.read(path, labels=LABELS)
    for name in ("slopes", "offsets", "thresholds"):
        np.testing.assert_array_equal(getattr(again, name), getattr(whole, name))
    assert again.n_clips == 90
    assert [entry.name for entry in path.parent.iterdir()] == ["calibration.csv"]


def test_the_file(tmp_path: Path) -> None:
    make().write(tmp_path / "calibration.csv", labels=LABELS)
    assert (tmp_path / "calibration.csv").read_text(encoding="utf-8") == (
        "index,id,slope,offset,threshold,clips\n0,/m/a,1.0,0.0,0.5,90\n1,/m/b,0.5,-2.0,0.1,90\n"
    )
    assert repr(make()) == "Calibration(2 classes, 90 clips)"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"slopes": [1.0, 0.0]}, "the slope of class 1 is 0.0 and must be a number above 0"),
        ({"slopes": [float("nan"), 1.0]}, "the slope of class 0 is nan"),
        ({"offsets": [0.0, float("inf")]}, "the offset of class 1 is inf .* finite"),
        ({"thresholds": [1.5, 0.5]}, "the threshold of class 0 is 1.5 .* between 0 and 1"),
        ({"thresholds": [0.5, float("nan")]}, "the threshold of class 1 is nan"),
        ({"offsets": [0.0]}, r"its offsets have shape \[1\] where there are 2 classes"),
        ({"slopes": [], "offsets": [], "thresholds": []}, "one number for each class"),
        ({"n_clips": 0}, "found on clips, and 0 are none"),
    ],
)
def test_numbers_that_make_none(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        make(**fields)


HEAD = "index,id,slope,offset,threshold,clips\n"
FIRST = "0,/m/a,1,0,0.5,90\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must have the columns index, id, slope, offset, threshold, clips: calibrate"),
        ("index,id,slope\n", "must have the columns"),
        (HEAD, "has 0 rows where labels.csv names 2 classes"),
        (HEAD + FIRST, "has 1 rows"),
        (HEAD + FIRST + "1,/m/c,1,0,0.5,90\n", "row 2 is of class 1, /m/c, where .* class 1, /m/b"),
        (HEAD + FIRST + "2,/m/b,1,0,0.5,90\n", "row 2 is of class 2"),
        (HEAD + FIRST + "1,/m/b,1,0,0.5,90\n2,/m/c,1,0,0.5,90\n", "row 3 .* has no class"),
        (HEAD + FIRST + "1,/m/b,1,0\n", "row 2 is no row of a calibration"),
        (HEAD + FIRST + "1,/m/b,one,0,0.5,90\n", "row 2 is no row"),
        (HEAD + FIRST + "1,/m/b,1e39,0,0.5,90\n", "row 2 holds a number that is too large"),
        (HEAD + FIRST + "1,/m/b,1,nan,0.5,90\n", "row 2 holds a number that is too large"),
        (HEAD + FIRST + "1,/m/b,0,0,0.5,90\n", "the slope of class 1 is 0.0 .* or remove the file"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "calibration.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        Calibration.read(path, labels=LABELS)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "calibration.csv"
    with pytest.raises(ModelError, match="cannot be read"):
        Calibration.read(path, labels=LABELS)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match="cannot be read"):
        Calibration.read(path, labels=LABELS)


def test_labels_of_another_tagger(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="of 2 classes cannot be kept with 1 labels"):
        make().write(tmp_path / "calibration.csv", labels=LABELS[:1])
