from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evaluation.prediction_making import RAIN_AND_MORE

from earmark.errors import DataError
from earmark.evaluation.kong_probs import read

SCORES = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], np.float32)


def test_scores_and_ids(tmp_path: Path) -> None:
    path = tmp_path / "prob_1000_iters.npz"
    np.savez_compressed(path, scores=SCORES, ids=np.array(["a", "ä"]))
    found = read(path, table=RAIN_AND_MORE)
    np.testing.assert_array_equal(found.scores, SCORES)
    assert (found.ids, found.title, found.table) == (("a", "ä"), path.stem, RAIN_AND_MORE)
    assert np.isnan(found.starts).all()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"scores": SCORES}, "holds no predictions: it has no ids, but scores"),
        ({}, "holds no predictions: it has no ids, but nothing"),
        ({"scores": SCORES[:, :2], "ids": np.array(["a", "b"])}, r"shape \[2, 2\], where there"),
        ({"scores": SCORES, "ids": np.array(["a"])}, "scores must be float32"),
        ({"scores": SCORES * 2, "ids": np.array(["a", "b"])}, "has the score 1.2"),
        ({"scores": SCORES, "ids": np.array(["a", object()])}, "cannot be read as .npz: Object"),
    ],
)
def test_what_holds_something_else(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, **arrays)
    with pytest.raises(DataError, match=message):
        read(path, table=RAIN_AND_MORE)


def test_damage(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, scores=SCORES, ids=np.array(["a", "b"]))
    data = path.read_bytes()
    np.save(tmp_path / "x.npy", SCORES)
    single = (tmp_path / "x.npy").read_bytes()
    for broken in (b"", data[:-60], b"no zip at all", single):
        path.write_bytes(broken)
        with pytest.raises(DataError, match=r"x.npz cannot be read as .npz"):
            read(path, table=RAIN_AND_MORE)
