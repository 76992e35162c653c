from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tensorboard.compat.proto.event_pb2 import Event

from earmark.errors import DataError
from earmark.formats.records import crc32c
from earmark.training.log import COLUMNS, RunLog


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def events(folder: Path) -> list[Event]:
    """Read TensorBoard's files: a length, its checksum, the record, its checksum."""
    found = []
    for path in sorted(folder.iterdir()):
        data, at = path.read_bytes(), 0
        while at < len(data):
            size = int.from_bytes(data[at : at + 8], "little")
            found.append(Event.FromString(data[at + 12 : at + 12 + size]))
            at += size + 16
    return found


def test_a_row_for_each_note(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "log.csv", events=tmp_path / "logs")
    log.write({"loss": 0.5, "lr": 1e-3, "other": 2.0}, step=10)
    log.write({"mAP": 0.25}, step=20)
    log.close()
    first, second = rows(tmp_path / "log.csv")
    assert tuple(first) == COLUMNS
    assert (first["iteration"], first["loss"], first["lr"], first["mAP"]) == (
        "10",
        "0.5",
        "0.001",
        "",
    )
    assert (second["iteration"], second["mAP"]) == ("20", "0.25")
    head, *notes = events(tmp_path / "logs")
    assert head.file_version == "brain.Event:2"
    values = {each.tag: each.simple_value for each in notes[0].summary.value}
    assert values == pytest.approx({"loss": 0.5, "lr": 1e-3, "other": 2.0})
    assert [note.step for note in notes] == [10, 20]


def test_a_run_that_goes_on_forgets_what_came_after(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "log.csv", events=tmp_path / "logs")
    for step in (10, 20, 30):
        log.write({"loss": step}, step=step)
    log.close()
    log = RunLog(tmp_path / "log.csv", events=tmp_path / "logs", step=20)
    log.write({"loss": 31}, step=30)
    log.close()
    assert [(row["iteration"], row["loss"]) for row in rows(tmp_path / "log.csv")] == [
        ("10", "10"),
        ("20", "20"),
        ("30", "31"),
    ]
    starts = [event.step for event in events(tmp_path / "logs") if event.HasField("session_log")]
    assert starts == [21]  # TensorBoard drops what an earlier file has from there on


def test_a_log_of_something_else_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("a,b\n1,2\n")
    RunLog(tmp_path / "log.csv", events=tmp_path / "logs", step=5).close()
    assert rows(tmp_path / "log.csv") == []


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"log.csv cannot be written: (File exists|Not a dir)"):
        RunLog(tmp_path / "file" / "log.csv", events=tmp_path / "logs")


def test_checksums_are_tensorboards(tmp_path: Path) -> None:
    from tensorboard.summary.writer.record_writer import RecordWriter

    from earmark.formats.records import frame

    with (tmp_path / "theirs").open("wb") as file:
        RecordWriter(file).write(b"some event")
    assert (tmp_path / "theirs").read_bytes() == frame(b"some event", crc=crc32c())
