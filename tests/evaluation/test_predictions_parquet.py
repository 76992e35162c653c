from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from evaluation.prediction_making import RAIN_AND_MORE, some_predictions

from earmark.embedders.identity import AUDIOSET
from earmark.errors import DataError, ModelError
from earmark.evaluation.predictions import Predictions
from earmark.evaluation.predictions_parquet import stream, write

PREDICTIONS = replace(some_predictions(10, table=RAIN_AND_MORE), identity=AUDIOSET)


def _read(path: Path, **more: object) -> Predictions:
    return Predictions.concatenate(list(stream(path, **more)))  # type: ignore[arg-type]


def test_it_reads_back_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    write(path, iter([PREDICTIONS[:4], PREDICTIONS[4:4], PREDICTIONS[4:]]))
    assert _read(path) == PREDICTIONS
    assert [len(part) for part in stream(path, chunk=3)] == [3, 3, 3, 1]


def test_a_set_without_clips(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    write(path, [PREDICTIONS[:0]])
    assert _read(path) == PREDICTIONS[:0]
    with pytest.raises(DataError, match="there are no predictions to write"):
        write(path, [])


def test_others_read_it_as_documented(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    write(path, [PREDICTIONS])
    table = pq.read_table(path)
    assert table.schema.names == ["id", "start", "end", "scores"]
    assert table["id"].to_pylist() == list(PREDICTIONS.ids)
    assert table["start"].to_pylist()[-2:] == [80.0, None]
    np.testing.assert_array_equal(np.array(table["scores"].to_pylist(), "f"), PREDICTIONS.scores)


def test_ids_that_are_no_unicode_are_written_with_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    raw = b"caf\xe9".decode("utf-8", "surrogateescape")
    write(path, [replace(PREDICTIONS[:1], ids=(raw,))])
    assert _read(path).ids == (r"caf\xe9",)


def test_tables_of_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "theirs.parquet"
    rows = {"scores": PREDICTIONS.scores.astype(np.float64).tolist(), "id": list(PREDICTIONS.ids)}
    pq.write_table(pa.table({"more": [0] * 10, **rows}), path)
    found = _read(path, table=RAIN_AND_MORE)
    np.testing.assert_array_equal(found.scores, PREDICTIONS.scores)
    assert (found.title, found.identity) == ("theirs", None)
    assert np.isnan(found.starts).all()
    with pytest.raises(DataError, match="has 3 scores for a clip, where nothing says of what"):
        _read(path)
    with pytest.raises(DataError, match="where there are labels for 2"):
        _read(path, table=RAIN_AND_MORE[:2])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"id": ["a"]}, "holds no predictions: it has no column scores, but id"),
        ({"id": ["a"], "scores": ["x"]}, "scores is string and cannot be read as list"),
        ({"id": ["a"], "scores": [[0.1, 2.0, 0.5]]}, "clip 'a' has the score 2.0 for 'Gunshot"),
        ({"id": ["a"], "scores": [[0.1, None, 0.5]]}, "clip 'a' has the score nan"),
        ({"id": ["a"], "scores": pa.array([None], pa.list_(pa.float32()))}, "has 0 scores"),
        ({"id": ["a"], "scores": [[0.1, 0.2, 0.3]], "start": ["x"]}, "start is string"),
    ],
)
def test_what_holds_something_else_is_named(
    tmp_path: Path, rows: dict[str, object], message: str
) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table(rows), path)
    with pytest.raises(DataError, match=message):
        _read(path, table=RAIN_AND_MORE)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("earmark.format", "2", "has format 2 and this earmark reads 1: update earmark"),
        ("earmark.labels", "{", "its earmark.labels is no JSON list of ids and names"),
        ("earmark.labels", "[1]", "its earmark.labels is no JSON list"),
        ("earmark.identity", "{", "its earmark.identity is no JSON"),
        ("earmark.identity", "{}", "the embedder's name must be a text"),
    ],
)
def test_metadata_that_makes_no_sense(tmp_path: Path, key: str, value: str, message: str) -> None:
    path = tmp_path / "p.parquet"
    write(path, [PREDICTIONS])
    table = pq.read_table(path)
    said = {**table.schema.metadata, key.encode(): value}
    pq.write_table(table.replace_schema_metadata(said), path)
    with pytest.raises((DataError, ModelError), match=message):
        _read(path)


def test_damage_does_not_go_unnoticed(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    with pytest.raises(DataError, match="does not exist"):
        _read(path)
    write(path, [some_predictions(50)])
    data = path.read_bytes()
    path.write_bytes(data[:1000])
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        _read(path)
    path.write_bytes(data[:5000] + bytes([data[5000] ^ 1]) + data[5001:])
    with pytest.raises(DataError, match=r"p.parquet is damaged"):
        _read(path)


def test_what_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    write(path, [PREDICTIONS])
    with pytest.raises(DataError, match="of different classes do not go into one file"):
        write(path, [PREDICTIONS, some_predictions(2)])
    assert _read(path) == PREDICTIONS
    assert [path] == list(tmp_path.iterdir())
