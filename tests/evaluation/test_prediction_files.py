from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from evaluation.prediction_making import RAIN_AND_MORE, some_predictions

from earmark.errors import DataError, UsageError
from earmark.evaluation.prediction_files import format_of, read_predictions, write_predictions

PREDICTIONS = some_predictions(30)


def test_the_name_says_the_format(tmp_path: Path) -> None:
    for name in ("a.parquet", "a.PARQUET"):
        write_predictions(tmp_path / name, PREDICTIONS)
        assert read_predictions(tmp_path / name) == PREDICTIONS
    write_predictions(tmp_path / "a.csv", iter([PREDICTIONS[:3], PREDICTIONS[3:]]), top_k=5)
    found = read_predictions(tmp_path / "a.csv")
    assert (found.ids, (found.scores > 0).sum()) == (PREDICTIONS.ids, 150)
    write_predictions(tmp_path / "a.jsonl", PREDICTIONS)
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 30


def test_or_one_says_it(tmp_path: Path) -> None:
    write_predictions(tmp_path / "tags.csv", PREDICTIONS, format="tags", top_k=1)
    assert (tmp_path / "tags.csv").read_text().startswith("id,start,end,label_id,label")
    with pytest.raises(DataError, match=r"tags.csv holds no predictions: its first line"):
        read_predictions(tmp_path / "tags.csv")
    with pytest.raises(UsageError, match=r"a.txt may be of any format: call it .parquet, .csv"):
        format_of(Path("a.txt"))


def test_what_a_list_of_numbers_means_can_be_said(tmp_path: Path) -> None:
    write_predictions(tmp_path / "a.csv", some_predictions(3, table=RAIN_AND_MORE))
    assert read_predictions(tmp_path / "a.csv", table=RAIN_AND_MORE).table == RAIN_AND_MORE


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"a.jsonl: predictions are read from .parquet, .csv, .npz"
    ):
        read_predictions("a.jsonl")
    with pytest.raises(DataError, match=r"gone.parquet does not exist"):
        read_predictions(tmp_path / "gone.parquet")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DataError, match=r"folder.csv is a folder"):
        read_predictions(tmp_path / "folder.csv")


def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> object:
        if name.partition(".")[0] == "pyarrow":
            raise ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow")
        return real(name, globals, locals, fromlist or (), level)

    monkeypatch.delitem(sys.modules, "earmark.evaluation.predictions_parquet", raising=False)
    import earmark.evaluation

    monkeypatch.delattr(earmark.evaluation, "predictions_parquet", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        UsageError, match=r"parquet needs pyarrow: pip install 'earmark\[formats\]'"
    ):
        write_predictions(tmp_path / "a.parquet", PREDICTIONS)
