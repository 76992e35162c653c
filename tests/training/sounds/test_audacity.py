"""Label tracks beside recordings."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from training.sounds.making import recording

from earmark.errors import DataError
from earmark.tagging import Event, Tagging
from earmark.tagging.export import document
from earmark.training.sounds import SoundSettings, read
from earmark.training.sounds.audacity import Mark, parse

TRACK = "0.500000\t0.750000\tdog\n\\\t200.0\t900.0\n1.000000\t1.000000\tcat; bird\n"


def track(path: Path, text: str) -> Path:
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def test_a_track_beside_each_recording(tmp_path: Path) -> None:
    recording(tmp_path / "night.wav", seconds=2)
    recording(tmp_path / "deep" / "day.flac.wav", seconds=2)
    recording(tmp_path / "quiet.wav")
    recording(tmp_path / "unmarked.wav")
    track(tmp_path / "night.txt", TRACK)
    track(tmp_path / "deep" / "day.flac.txt", "0\t1\tdog\n")
    track(tmp_path / "quiet.txt", "")
    track(tmp_path / "lonely.txt", "0\t1\tdog\n")
    track(tmp_path / "README.txt", "Recorded in May")
    found = read(tmp_path)
    assert found.unlabelled == "background"
    assert found.classes == ("bird", "cat", "dog")
    assert [(found.name_of(c.path), c.start, c.end, c.labels) for c in found.clips] == [
        ("night.wav", 0.5, 0.75, ("dog",)),
        ("night.wav", 1.0, 1.0, ("cat", "bird")),
        ("quiet.wav", 0.0, None, ()),
        ("deep/day.flac.wav", 0.0, 1.0, ("dog",)),
    ]
    assert found.notes == ("1 label track without a recording of its name (lonely.txt): left out",)
    assert [Path(each.name).name for each in found.skipped] == ["unmarked.wav"]
    assert "give it an empty one, unmarked.txt" in str(found.skipped[0])
    assert "label tracks beside its recordings, as night.txt beside night.wav" in found.how
    left = read(tmp_path, SoundSettings(unlabelled="leave_out"))
    assert left.unlabelled == "leave_out"


def test_what_earmark_itself_writes_comes_back(tmp_path: Path) -> None:
    """To tag, to mend in Audacity, and to learn."""
    events = (Event("Dog", 0.96, 1.92, 0.83, "/m/0bt9lr"), Event("Bird", 2.88, 3.84, 1.0, "/m/x"))
    tagging = Tagging("night.wav", 5.0, "compact 2", (), events)
    path = track(tmp_path / "night.txt", document("audacity").item(tagging))
    assert parse(path) == [Mark(0.96, 1.92, ("Dog",)), Mark(2.88, 3.84, ("Bird",))]
    raven = document("raven", events=True)
    path = track(tmp_path / "x.selections.txt", raven.head() + raven.item(tagging))
    assert parse(path) == [Mark(0.96, 1.92, ("Dog",)), Mark(2.88, 3.84, ("Bird",))]


def test_raven(tmp_path: Path) -> None:
    """Two views of each selection, and a file opened behind another."""
    recording(tmp_path / "night.wav", seconds=3)
    track(
        tmp_path / "night.Table.1.selections.txt",
        "Selection\tView\tBegin Time (s)\tEnd Time (s)\tFile Offset (s)\tAnnotation\n"
        "1\tWaveform 1\t10.5\t11.5\t0.5\towl\n"
        "1\tSpectrogram 1\t10.5\t11.5\t0.5\towl\n"
        "2\tSpectrogram 1\t12\t12.5\t2\t\n",
    )
    found = read(tmp_path)
    assert [(clip.start, clip.end, clip.labels) for clip in found.clips] == [
        (0.5, 1.5, ("owl",)),
        (2.0, 2.5, ()),
    ]
    track(tmp_path / "night.Table.1.selections.txt", "Begin Time (s)\tEnd Time (s)\n1\t2\n")
    with pytest.raises(
        DataError, match="has no column that says what is selected: add one called A"
    ):
        read(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0\t1\tdog\nx\t1\tdog\n", r"line 2: 'x\\t1\\tdog' is not start, end and label with tabs"),
        ("0\t1\tdog\n2\t1\tdog\n", r"line 2: a label ends at 1 s, before it starts at 2"),
        ("0\t1\tdog\n-1\t1\tdog\n", r"line 2: .* is not start, end and label"),
    ],
)
def test_lines_that_make_no_sense(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        parse(track(tmp_path / "night.txt", text))


def test_commas_for_points_and_no_labels(tmp_path: Path) -> None:
    found = parse(track(tmp_path / "night.txt", "0,5\t1,25\tdog\r\n2\t3\r\n"))
    assert found == [Mark(0.5, 1.25, ("dog",)), Mark(2, 3, ())]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(text=st.text(alphabet="0123456789.,\t\n\\-adog", max_size=60))
def test_nothing_but_errors_of_ours(tmp_path: Path, text: str) -> None:
    try:
        marks = parse(track(tmp_path / "night.txt", text))
    except DataError:
        return
    assert all(mark.start <= mark.end for mark in marks)
