"""The Arrow schema, and tables of others that nearly have it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from formats.record_making import COMPACT, Told, some_clips

from earmark.errors import DataError, EarmarkError
from earmark.formats import EmbeddingSet, Labels, parquet
from earmark.formats.arrow import schema_of, to_batch
from earmark.ontology import labels

CLIPS = some_clips(20)


def read(path: Path, **options: Any) -> EmbeddingSet:
    return EmbeddingSet.concatenate(list(parquet.stream(path, **options)))


def table(clips: EmbeddingSet = CLIPS) -> pa.Table:
    return pa.Table.from_batches([to_batch(clips, schema_of(clips))])


def written(path: Path, changed: pa.Table) -> Path:
    pq.write_table(changed, path)
    return path


def with_column(name: str, column: Any) -> pa.Table:
    at = table().schema.get_field_index(name)
    return table().set_column(at, name, pa.array(column))


def test_a_program_that_knows_arrow_reads_it(tmp_path: Path) -> None:
    parquet.write(tmp_path / "set.parquet", [CLIPS])
    found = pq.read_table(tmp_path / "set.parquet")
    assert found.schema == schema_of(CLIPS)
    assert found["id"].to_pylist() == list(CLIPS.ids)
    assert found["labels"].to_pylist() == [row.tolist() for row in CLIPS.labels]
    np.testing.assert_array_equal(found["start"].to_numpy(), CLIPS.starts)
    flat = np.frombuffer(b"".join(found["frames"].to_pylist()), np.uint8)
    np.testing.assert_array_equal(flat.reshape(-1, 10, 128), CLIPS.frames)
    about = {key.decode(): value.decode() for key, value in found.schema.metadata.items()}
    assert json.loads(about["earmark.identity"])["name"] == "vggish"
    assert json.loads(about["earmark.labels"])[1] == ["/m/05zppz", "Male speech, man speaking"]


def test_unknown_times_are_null_and_not_a_number(tmp_path: Path) -> None:
    parquet.write(tmp_path / "set.parquet", [some_clips(3, known=False)])
    found = pq.read_table(tmp_path / "set.parquet")
    assert found["start"].to_pylist() == found["end"].to_pylist() == [None] * 3


@pytest.mark.parametrize(
    "changed",
    [
        with_column("frames", pa.array([row.tobytes() for row in CLIPS.frames], pa.binary())),
        with_column("frames", pa.array([row.tobytes() for row in CLIPS.frames], pa.binary_view())),
        with_column("id", pa.array(CLIPS.ids, pa.large_string())),
        with_column("id", pa.array(CLIPS.ids).dictionary_encode()),
        with_column("length", CLIPS.lengths.astype(np.int64)),
        with_column("start", CLIPS.starts.astype(np.int32)),
        with_column(
            "labels", pa.array([row.tolist() for row in CLIPS.labels], pa.large_list(pa.int64()))
        ),
        table().add_column(0, "note", [["mine"] * 20]),
        table().select(["labels", "length", "end", "frames", "start", "id"]),
    ],
    ids=["binary", "view", "large", "dictionary", "int64", "int32", "labels", "more", "order"],
)
def test_other_types_that_mean_the_same(changed: pa.Table, tmp_path: Path) -> None:
    assert read(written(tmp_path / "set.parquet", changed)) == CLIPS


def test_only_what_is_needed(tmp_path: Path) -> None:
    few = table().select(["id", "frames", "length"]).replace_schema_metadata()
    found = read(written(tmp_path / "set.parquet", few), identity=COMPACT)
    assert found.ids == CLIPS.ids
    assert np.isnan(found.starts).all()
    assert found.labels == Labels.none(20)
    assert (found.identity, found.table) == (COMPACT, labels())


def test_without_a_table_labels_are_audiosets_if_they_fit(tmp_path: Path) -> None:
    plain = table().replace_schema_metadata()
    assert read(written(tmp_path / "set.parquet", plain)) == CLIPS
    lists = pa.array([[600]] * 20, pa.list_(pa.int32()))
    plain = with_column("labels", lists).replace_schema_metadata()
    assert read(written(tmp_path / "set.parquet", plain)).table == ()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (table().drop_columns("frames"), "has no column frames; there are id, start, end, length"),
        (table().drop_columns(["id", "length"]), "has no column id and no column length"),
        (
            with_column("frames", [list(range(10))] * 20),
            r"frames is list<.*it must be binary, 1280",
        ),
        (with_column("id", [1.5] * 20), None),
        (with_column("length", ["ten"] * 20), "length is string and cannot be read as int64"),
        (with_column("labels", ["Rain"] * 20), "labels is string and cannot be read as list"),
        (with_column("labels", [[2**40]] * 20), "labels is list.* cannot be read as list"),
        (with_column("start", ["now"] * 20), "start is string and cannot be read as double"),
    ],
)
def test_other_tables_are_refused(changed: pa.Table, message: str | None, tmp_path: Path) -> None:
    path = written(tmp_path / "set.parquet", changed)
    if message is None:
        assert read(path).ids[0] == "1.5"
        return
    with pytest.raises(DataError, match=rf"set\.parquet.*{message}"):
        read(path, on_damage=Told())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("earmark.format", "2", "has format 2 and this earmark reads 1: update earmark"),
        ("earmark.identity", "{", "its metadata earmark.identity is no JSON"),
        ("earmark.identity", "{}", "the embedder's name must be a text"),
        ("earmark.labels", "[[1]]", "its earmark.labels is no list of ids and names"),
        ("earmark.labels", "7", "its earmark.labels is no list of ids and names"),
    ],
)
def test_metadata_that_makes_no_sense(name: str, value: str, message: str, tmp_path: Path) -> None:
    about = {**table().schema.metadata, name.encode(): value}
    path = written(tmp_path / "set.parquet", table().replace_schema_metadata(about))
    with pytest.raises(EarmarkError, match=message):
        read(path)


def test_rows_that_make_no_sense_are_left_out(tmp_path: Path) -> None:
    rows = table().to_pylist()
    rows[1]["id"] = None
    rows[3]["frames"] = rows[3]["frames"][:-1]
    rows[4]["frames"] = None
    rows[6]["length"] = None
    rows[7]["length"] = 11
    rows[9]["labels"] = [1, None]
    rows[10]["labels"] = [527]
    rows[11]["labels"] = [-3]
    rows[12]["labels"] = None
    fields = [field.with_nullable(True) for field in schema_of(CLIPS)]
    fields[3] = pa.field("frames", pa.binary())
    fields[5] = pa.field("labels", pa.list_(pa.int32()))
    loose = pa.schema(fields, schema_of(CLIPS).metadata)
    path = written(tmp_path / "set.parquet", pa.Table.from_pylist(rows, schema=loose))
    told = Told()
    found = read(path, on_damage=told)
    kept = [0, 2, 5, 8, *range(12, 20)]
    lists = [[] if row == 12 else CLIPS.labels[row] for row in kept]
    expected = CLIPS.take(np.array(kept))
    assert found.ids == expected.ids
    assert found.labels == Labels.of(lists)
    np.testing.assert_array_equal(found.frames, expected.frames)
    assert sorted(told.reasons, key=lambda reason: int(reason.split()[1])) == [
        "clip 1 has no id",
        "clip 3 has frames of another size than 1280 bytes",
        "clip 4 has no frames",
        "clip 6 has a length that is not 1 to 10",
        "clip 7 has a length that is not 1 to 10",
        "clip 9 has a label that is no number from 0 up",
        "clip 10 has a label beyond the 527 there are",
        "clip 11 has a label that is no number from 0 up",
    ]
    with pytest.raises(DataError, match=r"set\.parquet: clip 4 has no frames"):
        read(path)
