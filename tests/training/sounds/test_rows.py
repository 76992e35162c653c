"""Tables in files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earmark.errors import DataError
from earmark.training.sounds import rows
from earmark.training.sounds.rows import columns_of, read_table


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('# about\n\npath,label\na,"x\ny"\n\nb,z\n')
    table = read_table(path)
    assert [row.line for row in table.rows] == [5, 7]
    assert table.where(table.rows[1]) == f"{path}, line 7"
    assert table.rows[0].cells == ("a", "x\ny")
    assert columns_of(path) == table.columns == ("path", "label")


def test_what_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"cannot be read: No such file"):
        read_table(tmp_path / "a.csv")
    assert columns_of(tmp_path / "a.csv") == ()
    (tmp_path / "a.csv").write_text("\n\n# nothing\n")
    with pytest.raises(DataError, match="is empty: its first line names the columns"):
        read_table(tmp_path / "a.csv")
    monkeypatch.setattr(rows, "_MOST_BYTES", 3)
    with pytest.raises(DataError, match="is larger than 1 GiB"):
        read_table(tmp_path / "a.csv")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(data=st.binary(max_size=200))
def test_nothing_but_errors_of_ours(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    columns_of(path)
    try:
        table = read_table(path)
    except DataError:
        return
    assert all(len(row.cells) == len(table.columns) for row in table.rows)
