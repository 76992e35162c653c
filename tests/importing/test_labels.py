"""The classes of an imported classifier."""

from __future__ import annotations

from pathlib import Path

import pytest

from earmark import ontology
from earmark.errors import ModelError, UsageError
from earmark.importing.labels import read_labels
from earmark.ontology import Label


def test_audiosets_are_known() -> None:
    assert read_labels(None, n_classes=527, where="c.h5") == ontology.labels()
    with pytest.raises(UsageError, match=r"c\.h5 knows 3 classes and not .* 527: name them with"):
        read_labels(None, n_classes=3, where="c.h5")


@pytest.mark.parametrize("header", ["index,id,name", "index,mid,display_name"])
def test_a_table(tmp_path: Path, header: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(f'{header}\n0,/m/a,A\n1,/m/b,"B, or b"\n', encoding="utf-8")
    found = read_labels(path, n_classes=2, where="c.h5")
    assert found == (Label(0, "/m/a", "A"), Label(1, "/m/b", "B, or b"))
    with pytest.raises(UsageError, match=r"labels\.csv names 2 classes, and c\.h5 knows 3"):
        read_labels(path, n_classes=3, where="c.h5")


def test_audiosets_own_table(shared_data: Path) -> None:
    path = shared_data / "audioset" / "class_labels_indices.csv"
    assert read_labels(path, n_classes=527, where="c.h5") == ontology.labels()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,name\na,A\n", "must have the columns index, id and name"),
        (b"", "must have the columns"),
        (b"index,id,name\n1,a,A\n", "line 2: an index from 0 up"),
        (b"index,id,name\n0,a,\n", "line 2"),
        (b"index,id,name\n0,\xff,A\n", "cannot be read"),
    ],
)
def test_tables_that_are_none(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=message):
        read_labels(path, n_classes=1, where="c.h5")


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"labels\.csv cannot be read"):
        read_labels(tmp_path / "labels.csv", n_classes=1, where="c.h5")
