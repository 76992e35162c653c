"""What a person gave us."""

from __future__ import annotations

from pathlib import Path

import pytest
from training.sounds.making import folders, recording

from earmark.errors import DataError
from earmark.training.sounds import detect, is_sounds, read


def test_each_way_and_why(tmp_path: Path) -> None:
    root = folders(tmp_path / "sounds", each=1)
    assert detect(root).kind == "folders"
    assert detect(root).why == f"{root} has a folder for each of 3 classes"
    (root / "list.csv").write_text("path,label\nlow/low0.wav,dog\nhigh/high0.wav,cat\n")
    assert detect(root).kind == detect(root / "list.csv").kind == "table"
    assert detect(root).why == f"{root} has a table of recordings, list.csv"
    assert read(root).classes == ("cat", "dog")
    (root / "classes.txt").write_text("dog\ncat\n")
    (root / "train.txt").write_text("low/low0.wav 0\nhigh/high0.wav 1\n")
    assert detect(root).kind == "dataset_files"
    tracks = recording(tmp_path / "night" / "a.wav").parent
    (tracks / "a.txt").write_text("0\t1\tdog\n")
    assert detect(tracks).kind == "tracks"


def test_tables_that_are_no_lists_of_recordings_do_not_count(tmp_path: Path) -> None:
    root = folders(tmp_path, each=1)
    (root / "measurements.csv").write_text("time,temperature\n1,2\n")
    assert detect(root).kind == "folders"


def test_texts_beside_recordings_that_are_no_tracks_do_not_count(tmp_path: Path) -> None:
    root = folders(tmp_path, each=1)
    (root / "low" / "low0.txt").write_text("by somebody, CC0\n")
    assert detect(root).kind == "folders"


def test_several_tables(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("path,label\nx.wav,dog\n")
    with pytest.raises(
        DataError, match=r"several tables of recordings \(a.csv, b.csv\): name the one"
    ):
        detect(tmp_path)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ("", "is empty; to learn takes a folder for each class with recordings in it; a table"),
        (
            "a.wav",
            r"holds recordings, but nothing says what is to be heard in them \(1\); to learn",
        ),
        ("a.npy", "holds blocks of embeddings, but nothing says what is to be heard"),
        ("x/a.txt", "holds no recordings; to learn takes"),
    ],
)
def test_what_would_be_needed(tmp_path: Path, made: str, message: str) -> None:
    if made:
        (tmp_path / made).parent.mkdir(exist_ok=True)
        (tmp_path / made).write_text("")
    with pytest.raises(DataError, match=message):
        detect(tmp_path)
    assert is_sounds(tmp_path) == (made == "a.wav")


def test_what_is_not_there_or_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere does not exist: check the name$"):
        detect(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"a\.wav is one recording, and to learn takes"):
        detect(recording(tmp_path / "a.wav"))
    (tmp_path / "a.h5").write_text("")
    with pytest.raises(DataError, match=r"a\.h5 is one file, and to learn takes"):
        detect(tmp_path / "a.h5")
    assert not is_sounds("a\0b")
    assert not is_sounds(tmp_path / "a.h5")
    assert not is_sounds(tmp_path / "nowhere")
    assert is_sounds(folders(tmp_path / "sounds", each=1))


def test_what_a_person_means(tmp_path: Path) -> None:
    """Even where it is not such that it can be learnt from: then `read` says what is missing."""
    assert is_sounds(recording(tmp_path / "a.wav"))
    table = tmp_path / "a.csv"
    table.write_text("name,sort\na.wav,dog\n")
    assert is_sounds(table)
    table.write_text('# Segments csv created\n# YTID, start_seconds\n--4gqARaEJE, 0.000, 1, "x"\n')
    assert not is_sounds(table)
    (tmp_path / "a.parquet").touch()
    assert not is_sounds(tmp_path / "a.parquet")
    assert is_sounds(tmp_path / "a.parquet", columns=True)
