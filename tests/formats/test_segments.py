"""Lists of clips: Google's, and plain ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from formats.record_making import some_clips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earmark.errors import DataError
from earmark.formats import EmbeddingSet, Labels, segments
from earmark.formats.segments import Segments
from earmark.ontology import Label, labels

GOOGLE = """# Segments csv created Sun Mar  5 10:54:25 2017
# num_ytids=3, num_segs=3, num_unique_labels=3, num_positive_labels=4
# YTID, start_seconds, end_seconds, positive_labels
--4gqARaEJE, 0.000, 10.000, "/m/068hy,/m/07q6cd_"
-0BIyqJj9ZU, 30.000, 37.500, "/m/07qv4k0"

#odd, 0.000, 10.000, "/m/068hy"
"""


def read(tmp_path: Path, text: str, *, table: tuple[Label, ...] = ()) -> Segments:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return segments.read(path, table=table)


def test_googles_list(tmp_path: Path) -> None:
    found = read(tmp_path, GOOGLE)
    assert len(found) == 3
    assert list(found.ids) == ["--4gqARaEJE", "-0BIyqJj9ZU", "#odd"]
    assert found.starts.tolist() == [0, 30, 0]
    assert found.ends.tolist() == [10, 37.5, 10]
    names = [[labels()[at].id for at in row] for row in found.labels or ()]
    assert names == [["/m/068hy", "/m/07q6cd_"], ["/m/07qv4k0"], ["/m/068hy"]]


def test_googles_own_lists(shared_data: Path) -> None:
    found = segments.read(shared_data / "audioset" / "eval_segments.csv")
    assert len(found) == 20371
    assert found.labels is not None
    assert len(found.labels.values) == 51804
    assert len(np.unique(found.labels.values)) == 527
    assert (found.ends > found.starts).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,labels\na.wav,/m/0ngt1\n", [["/m/0ngt1"]]),
        ("id,labels\na.wav,Thunder\n", [["/m/0ngt1"]]),
        ("id,labels\na.wav,thunder\n", [["/m/0ngt1"]]),
        ("id,labels\na.wav,0\n", [["/m/09x0r"]]),
        ('id,labels\na.wav,"Gunshot, gunfire"\n', [["/m/032s66"]]),
        ('id,labels\na.wav,"Gunshot, gunfire; Rain"\n', [["/m/032s66", "/m/06mb1"]]),
        ('id,labels\na.wav,"Thunder,Rain"\n', [["/m/0ngt1", "/m/06mb1"]]),
        ("id;labels\n", None),
        ("ID, Label\na.wav,\nb.wav,Rain\n", [[], ["/m/06mb1"]]),
        ("\ufeffvideo_id,positive_labels\r\na.wav,Rain\r\n", [["/m/06mb1"]]),
        ("# mine\nlabels,more,id\nRain,what,a.wav\n", [["/m/06mb1"]]),
    ],
)
def test_plain_lists(tmp_path: Path, text: str, expected: list[list[str]] | None) -> None:
    if expected is None:
        with pytest.raises(DataError, match="is neither a header with the column id nor YTID"):
            read(tmp_path, text)
        return
    found = read(tmp_path, text)
    assert found.labels is not None
    assert [[labels()[at].id for at in row] for row in found.labels] == expected
    assert np.isnan(found.starts).all()
    assert found.ids[0] == "a.wav"


def test_a_list_without_labels_has_none(tmp_path: Path) -> None:
    found = read(tmp_path, "id,start,end\na,1.5,\n")
    assert found.labels is None
    assert found.starts.tolist() == [1.5]
    assert np.isnan(found.ends).all()


def test_labels_of_another_table(tmp_path: Path) -> None:
    table = (Label(0, "x/1", "Glocke, klein"), Label(1, "x/2", "Krähe"))
    found = read(tmp_path, 'id,labels\na,"krähe;Glocke, klein"\n', table=table)
    assert (found.labels, found.table) == (Labels.of([[1, 0]]), table)
    with pytest.raises(DataError, match="there is no label 'Rain': give ids, names or numbers of"):
        read(tmp_path, "id,labels\na,Rain\n", table=table)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,start\na,1\nb,now\n", "line 3: 'now' is no time in seconds"),
        ("id,start\na,nan\n", "line 2: 'nan' is no time in seconds"),
        ("id,labels\na,Rain\nb,Rian\n", "line 3: there is no label 'Rian'"),
        ("id,labels\na,Rain,b\n", "line 2: has 3 columns and not 2"),
        (GOOGLE + "a, 1\n", "line 8: has 2 columns and not 4"),
        ("a,b\n", "line 1: is neither a header with the column id nor YTID"),
        ('id\n"a', "line 2: is no CSV: unexpected end of data"),
        ('id\n"a"b\n', "line 2: is no CSV"),
    ],
)
def test_lines_that_make_no_sense(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=rf"list\.csv, {message}"):
        read(tmp_path, text)


def test_no_list(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.csv cannot be read: No such file"):
        segments.read(tmp_path / "gone.csv")
    assert len(read(tmp_path, "")) == 0
    assert len(read(tmp_path, "# only a comment\n")) == 0


def test_it_writes_as_google_does(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    clips = replace(
        some_clips(3),
        ids=("--4gqARaEJE", "b, c.wav", ""),
        starts=np.array([0, 1 / 3, np.nan]),
        ends=np.array([10, 20.5, np.nan]),
        labels=Labels.of([[73, 361], [], [0]]),
    )
    segments.write(path, [clips[:1], clips[1:]])
    first, counts, names, *rows = path.read_text().splitlines()
    assert first.startswith("# Segments csv created by earmark")
    assert counts.rstrip() == "# num_segs=3, num_unique_labels=3, num_positive_labels=3"
    assert names == "# YTID, start_seconds, end_seconds, positive_labels"
    assert rows == [
        '--4gqARaEJE, 0.000, 10.000, "/m/068hy,/m/07q6cd_"',
        '"b, c.wav", 0.3333333333333333, 20.500, ""',
        '"", , , "/m/09x0r"',
    ]


def test_googles_own_list_is_written_as_it_was(shared_data: Path, tmp_path: Path) -> None:
    original = shared_data / "audioset" / "eval_segments.csv"
    found = segments.read(original)
    assert found.labels is not None
    nothing = EmbeddingSet.empty(table=labels())
    clips = replace(
        nothing,
        frames=np.zeros((len(found), 10, 128), np.uint8),
        lengths=np.full(len(found), 10, np.uint8),
        ids=tuple(found.ids),
        starts=found.starts,
        ends=found.ends,
        labels=found.labels,
    )
    segments.write(tmp_path / "list.csv", [clips])
    ours, theirs = (tmp_path / "list.csv").read_text(), original.read_text()
    assert ours.splitlines()[3:] == theirs.splitlines()[3:]


ids = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
times = st.just(np.nan) | st.floats(0, 1e6)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(ids, times, times, st.lists(st.integers(0, 526), max_size=3)), min_size=1
    )
)
def test_what_is_written_is_read(
    rows: list[tuple[str, float, float, list[int]]], tmp_path: Path
) -> None:
    clips = replace(
        some_clips(len(rows)),
        ids=tuple(row[0] for row in rows),
        starts=np.array([row[1] for row in rows]),
        ends=np.array([row[2] for row in rows]),
        labels=Labels.of([row[3] for row in rows]),
    )
    segments.write(tmp_path / "list.csv", [clips])
    found = segments.read(tmp_path / "list.csv")
    assert tuple(found.ids) == clips.ids
    np.testing.assert_array_equal(found.starts, clips.starts)
    np.testing.assert_array_equal(found.ends, clips.ends)
    assert found.labels == clips.labels


def test_labels_without_a_table_are_numbers(tmp_path: Path) -> None:
    clips = replace(some_clips(1), table=(), labels=Labels.of([[7, 3861]]))
    segments.write(tmp_path / "list.csv", [clips])
    assert (tmp_path / "list.csv").read_text().splitlines()[3].endswith(', "7,3861"')


def test_a_label_that_such_a_list_cannot_hold(tmp_path: Path) -> None:
    table = (Label(0, "a,b", "Odd"),)
    clips = replace(some_clips(1), table=table, labels=Labels.of([[0]]))
    with pytest.raises(DataError, match="the label 'Odd' has the id 'a,b', whose comma"):
        segments.write(tmp_path / "list.csv", [clips])
