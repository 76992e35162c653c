"""Google's label quality, read from the file that the user has."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from earmark.errors import DataError
from earmark.evaluation import label_quality
from earmark.evaluation.label_quality import LabelQuality
from earmark.ontology import labels

HEAD = "label_id,num_rated,num_true\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "qa_true_counts.csv"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_reading(tmp_path: Path, start: str, end: str) -> None:
    text = start + HEAD + "/m/09x0r,10,9\n/m/02bk07,0,0\n"
    found = label_quality.read(written(tmp_path, text.replace("\n", end)))
    assert found["/m/09x0r"] == LabelQuality("/m/09x0r", rated=10, true=9)
    assert found["/m/09x0r"].share == 0.9
    assert math.isnan(found["/m/02bk07"].share)


def test_googles_own_file(shared_data: Path) -> None:
    found = label_quality.read(shared_data / "audioset" / "qa_true_counts.csv")
    assert [label.id for label in labels()] == list(found)
    rated = [each.share for each in found.values() if each.rated]
    assert len(rated) == 457
    assert sum(rated) / len(rated) == pytest.approx(0.71, abs=0.01)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must have the columns label_id, num_rated, num_true, as Google's"),
        ("index,mid,display_name\n", "must have the columns"),
        (HEAD + "/m/09x0r,10\n", r"line 2 must be a class and two whole numbers, not \['/m/09x0r'"),
        (HEAD + "/m/09x0r,10,9.5\n", "line 2 must be a class and two whole numbers"),
        (HEAD + "\n", "line 2 must be a class"),
        (HEAD + "/m/1,1,1\n/m/09x0r,9,10\n", "line 3: 10 of 9 clips cannot be right"),
        (HEAD + "/m/09x0r,9,-1\n", "line 2: -1 of 9 clips cannot be right"),
        (HEAD + "/m/1,1,1\n/m/1,1,0\n", "line 3: '/m/1' is there twice"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        label_quality.read(written(tmp_path, text))


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"qa_true_counts\.csv cannot be read: .*No such file"):
        label_quality.read(tmp_path / "qa_true_counts.csv")
    (tmp_path / "picture").write_bytes(b"\x89PNG\xff")
    with pytest.raises(DataError, match="picture cannot be read"):
        label_quality.read(tmp_path / "picture")
