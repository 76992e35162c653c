"""Parquet files, whole and damaged."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from formats.record_making import Told, some_clips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earmark.errors import DataError, EarmarkError
from earmark.formats import EmbeddingSet, parquet

CLIPS = some_clips(9000)


def read(path: Path, **options: Any) -> EmbeddingSet:
    return EmbeddingSet.concatenate(list(parquet.stream(path, **options)))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with `CLIPS`, not to be changed."""
    path = tmp_path_factory.mktemp("parquet") / "set.parquet"
    parquet.write(path, [CLIPS])
    return path


def test_row_groups_are_small(whole: Path) -> None:
    about = pq.ParquetFile(whole).metadata
    assert [about.row_group(at).num_rows for at in range(about.num_row_groups)] == [4096, 4096, 808]


@pytest.mark.parametrize("size", [1000, 5000])
def test_large_row_groups_of_others_are_read_piece_by_piece(
    whole: Path, size: int, tmp_path: Path
) -> None:
    path = tmp_path / "set.parquet"
    pq.write_table(pq.read_table(whole), path, row_group_size=9000)
    found = list(parquet.stream(path, chunk=size))
    assert max(map(len, found)) <= size
    assert EmbeddingSet.concatenate(found) == CLIPS


def test_damage_costs_the_rest_of_its_row_group(whole: Path, tmp_path: Path) -> None:
    about = pq.ParquetFile(whole).metadata.row_group(1)
    data = bytearray(whole.read_bytes())
    data[about.column(3).data_page_offset + 2_500_000] ^= 1
    path = tmp_path / "set.parquet"
    path.write_bytes(data)
    told = Told()
    found = read(path, chunk=500, on_damage=told)
    lost = 9000 - len(found)
    assert 0 < lost <= 4096
    assert found == CLIPS.take(np.r_[: 8192 - lost, 8192:9000])
    (damage,) = told
    assert damage.offset == about.column(0).data_page_offset
    assert damage.reason.startswith(f"clips {8192 - lost} to 8191 cannot be read: ")
    assert "checksum" in damage.reason
    with pytest.raises(DataError, match=rf"set\.parquet at byte {damage.offset}: clips 4096 to"):
        read(path)


def test_a_file_that_breaks_off(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "set.parquet"
    path.write_bytes(whole.read_bytes()[:-5])
    with pytest.raises(DataError, match=r"set\.parquet cannot be read as Parquet: "):
        read(path, on_damage=Told())


SMALL = some_clips(100)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with `SMALL`."""
    path = tmp_path_factory.mktemp("small") / "set.parquet"
    parquet.write(path, [SMALL])
    return path.read_bytes()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_damaged_no_clip_is_wrong(
    data: st.DataObject, small: bytes, tmp_path: Path
) -> None:
    # What stands behind the rows, such as the names of the labels, has no checksum in Parquet.
    group = pq.ParquetFile(io.BytesIO(small)).metadata.row_group(0)
    columns = [group.column(at) for at in range(group.num_columns)]
    end = max(column.data_page_offset + column.total_compressed_size for column in columns)
    damaged = bytearray(small)
    damaged[data.draw(st.integers(0, end - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "set.parquet"
    path.write_bytes(damaged)
    told = Told()
    try:
        found = read(path, on_damage=told)
    except EarmarkError:
        return
    assert found == SMALL[: len(found)]
    assert told or len(found) == 100
