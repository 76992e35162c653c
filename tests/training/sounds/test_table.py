"""Tables of recordings, as people and as other data sets write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from training.sounds.making import labels_of, recording

from earmark.errors import DataError, UsageError
from earmark.training.sounds import SoundSet, SoundSettings, read
from earmark.training.sounds.table import roles_of, seconds_of


def of(folder: Path, text: str, settings: SoundSettings | None = None) -> SoundSet:
    """Read a table beside three recordings."""
    for name in "abc":
        if not (folder / f"{name}.wav").exists():
            recording(folder / f"{name}.wav")
    (folder / "mine.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    return read(folder / "mine.csv", settings or SoundSettings())


def test_path_and_label(tmp_path: Path) -> None:
    found = of(tmp_path, "path,label\na.wav,dog\nb.wav, cat \n\nc.wav,dog\n")
    assert found.classes == ("cat", "dog")
    assert labels_of(found) == {"a.wav": ("dog",), "b.wav": ("cat",), "c.wav": ("dog",)}
    assert all(clip.is_whole and clip.split is None for clip in found.clips)
    assert found.how == (
        f"{tmp_path / 'mine.csv'} is a table of recordings: path in 'path', labels in 'label'; "
        "3 rows"
    )


def test_all_the_columns(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        "# made by hand\npath,start,end,labels,split,fold,group\n"
        "a.wav,0.5,1.25,dog;cat,train,1,x\n"
        "b.wav,,,dog|bird,val,2,\n"
        "c.wav,1:02.5,,bird,Test,,y\n",
    )
    first, second, third = found.clips
    assert (first.start, first.end, first.labels) == (0.5, 1.25, ("dog", "cat"))
    assert (first.split, first.fold, first.group) == ("train", "1", "x")
    assert second.is_whole
    assert second.labels == ("dog", "bird")
    assert (second.split, second.group) == ("validation", None)
    assert (third.start, third.split, third.fold) == (62.5, "test", None)
    assert found.classes == ("bird", "cat", "dog")


@pytest.mark.parametrize(
    "header",
    [
        "filename,category",
        "file,class",
        "File Name,Label",
        "fname,labels",
        "audio_path,event_label",
        "slice_file_name,class",
        "recording,species",
        "Begin File,Common Name",
    ],
)
def test_the_names_that_others_give(tmp_path: Path, header: str) -> None:
    assert labels_of(of(tmp_path, f"{header}\na.wav,dog\nb.wav,cat\n"))["a.wav"] == ("dog",)


@pytest.mark.parametrize(
    "header",
    [
        "path,onset,offset,label",
        "path,Begin Time (s),End Time (s),label",
        "path,start_time,end_time,label",
        "path,start,duration,label",
    ],
)
def test_the_names_of_times(tmp_path: Path, header: str) -> None:
    found = of(tmp_path, f"{header}\na.wav,0,2,dog\nb.wav,0,3,cat\n")
    assert [clip.end for clip in found.clips] == [2, 3]


def test_a_length_alone_is_no_time(tmp_path: Path) -> None:
    assert of(tmp_path, "path,duration,label\na.wav,5,dog\nb.wav,5,cat\n").clips[0].is_whole


def test_esc50s_own_table(tmp_path: Path) -> None:
    """Its recordings are in ../audio; both of its forms."""
    for name in ("1-100032-A-0.wav", "2-100038-A-14.wav"):
        recording(tmp_path / "ESC-50" / "audio" / name)
    meta = tmp_path / "ESC-50" / "meta"
    meta.mkdir()
    (meta / "esc50.csv").write_text(
        "filename,fold,target,category,esc10,src_file,take\n"
        "1-100032-A-0.wav,1,0,dog,True,100032,A\n"
        "2-100038-A-14.wav,2,14,chirping_birds,False,100038,A\n"
    )
    for path in (tmp_path / "ESC-50", meta / "esc50.csv"):
        found = read(path)
        assert found.classes == ("chirping_birds", "dog")
        assert found.folds == ("1", "2")
        assert [clip.group for clip in found.clips] == ["100032", "100038"]
    (meta / "esc50.csv").write_text(
        "filename,fold,category,category_name,esc10,src_file,take\n"
        "1-100032-A-0.wav,1,0,dog,True,100032,A\n"
        "2-100038-A-14.wav,2,14,chirping_birds,False,100038,A\n"
    )
    assert read(tmp_path / "ESC-50").classes == ("chirping_birds", "dog")


def test_recordings_in_folders_that_the_table_does_not_name(tmp_path: Path) -> None:
    """As in UrbanSound8K; and names without extensions, as in FSD50K."""
    recording(tmp_path / "audio" / "fold1" / "7061-6-0-0.wav")
    recording(tmp_path / "audio" / "fold2" / "7062-6-0-0.wav")
    table = tmp_path / "metadata" / "list.csv"
    table.parent.mkdir()
    table.write_text("slice_file_name,class\n7061-6-0-0.wav,gun_shot\n7062-6-0-0,siren\n")
    found = read(table, SoundSettings(audio_folder=str(tmp_path / "audio")))
    assert sorted(labels_of(found).values()) == [("gun_shot",), ("siren",)]


def test_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    for name in "abc":
        recording(tmp_path / f"{name}.wav")
    table = pa.table(
        {
            "path": ["a.wav", "b.wav", "c.wav"],
            "labels": [["dog", "Gunshot, gunfire"], [], ["dog"]],
            "start": [0.0, None, float("nan")],
            "end": [1.5, None, None],
            "fold": [1, 2, 2],
        }
    )
    parquet.write_table(table, tmp_path / "mine.parquet")
    found = read(tmp_path / "mine.parquet")
    assert [clip.labels for clip in found.clips] == [("dog", "Gunshot, gunfire"), (), ("dog",)]
    assert [clip.end for clip in found.clips] == [1.5, None, None]
    assert found.folds == ("1", "2")
    held = pa.table({"audio": [{"bytes": b"RIFF", "path": "a.wav"}], "label": [0]})
    parquet.write_table(held, tmp_path / "mine.parquet")
    with pytest.raises(DataError, match=r"parquet, row 1: the recording itself stands there: save"):
        read(tmp_path / "mine.parquet")
    (tmp_path / "mine.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read(tmp_path / "mine.parquet", SoundSettings(columns={"path": "path"}))


@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        ("dog;cat", ("dog", "cat")),
        ("dog | cat", ("dog", "cat")),
        ('"[""dog"", ""cat""]"', ("dog", "cat")),
        ("\"['dog', 'cat']\"", ("dog", "cat")),
        ('"Gunshot, gunfire"', ("Gunshot, gunfire",)),
        ("[dog]", ("dog",)),
        ("dog;;dog", ("dog",)),
        ("", ()),
        (";", ()),
        ("7", ("7",)),
    ],
)
def test_labels_in_a_cell(tmp_path: Path, cell: str, labels: tuple[str, ...]) -> None:
    found = of(tmp_path, f"path,label\na.wav,{cell}\nb.wav,other\nc.wav,another\n")
    assert labels_of(found)["a.wav"] == labels


def test_commas_between_labels(tmp_path: Path) -> None:
    text = 'path,label\na.wav,"dog,cat"\nb.wav,dog\nc.wav,cat\n'
    found = of(tmp_path, text)
    assert found.classes == ("cat", "dog", "dog,cat")
    assert "'dog,cat' is one label; if commas stand between labels, say so (--separator ,)" in (
        found.notes
    )
    assert labels_of(of(tmp_path, text, SoundSettings(separator=",")))["a.wav"] == ("dog", "cat")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    text = "\ufeffpath,start,end,label\r\na.wav,0,0.2,dog\r\nb.wav,0,0.3,cat\r\n"
    found = of(tmp_path, text.replace(",", delimiter))
    assert [clip.end for clip in found.clips] == [0.2, 0.3]


def test_commas_for_points(tmp_path: Path) -> None:
    found = of(tmp_path, "path;start;end;label\na.wav;0,25;1,5;dog\nb.wav;0;1;cat\n")
    assert (found.clips[0].start, found.clips[0].end) == (0.25, 1.5)


def test_rows_without_a_label_are_background(tmp_path: Path) -> None:
    found = of(tmp_path, "path,label\na.wav,dog\nb.wav,\nc.wav,background\n")
    assert found.classes == ("dog",)
    assert labels_of(found) == {"a.wav": ("dog",), "b.wav": (), "c.wav": ()}
    assert found.notes == ("1 row without a label: examples of what is none of the classes",)


def test_columns_one_names(tmp_path: Path) -> None:
    text = "id,sound_of,set,path\na,dog,x,b.wav\nb,cat,y,c.wav\n"
    with pytest.raises(
        DataError, match=r"no table of recordings: it needs .* has id, sound_of, set"
    ):
        of(tmp_path, text)
    with pytest.raises(DataError, match=r"line 2: 'x' is no split: it can be train, validation or"):
        of(tmp_path, text, SoundSettings(columns={"labels": "sound_of"}))
    columns: dict[str, str] = {"path": "id", "labels": "sound_of", "split": "none"}
    found = of(tmp_path, text, SoundSettings.model_validate({"columns": columns}))
    assert labels_of(found) == {"a.wav": ("dog",), "b.wav": ("cat",)}
    with pytest.raises(
        UsageError, match=r"^there is no column 'x' for labels: there are id, sound"
    ):
        of(tmp_path, text, SoundSettings(columns={"labels": "x"}))
    with pytest.raises(
        DataError, match=r"no column for the labels, only id, .* \(--column labels=N"
    ):
        of(tmp_path, text, SoundSettings(columns={"labels": "none"}))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.wav,x,1,dog", r"line 3: start is 'x', and no time in seconds"),
        ("a.wav,-1,1,dog", r"line 3: start is '-1', and no time in seconds"),
        ("a.wav,inf,1,dog", r"line 3: start is 'inf', and no time"),
        ("a.wav,2,1,dog", r"line 3: ends at 1 s, before it starts"),
        (",0,1,dog", r"line 3: names no recording"),
        (
            "a.wav,0,1",
            r"line 3: has 3 cells, and the header has 4: put quotes around cells with ','",
        ),
        ('a.wav,0,1,"dog', r"line 3: is no CSV: unexpected end of data"),
    ],
)
def test_rows_that_make_no_sense(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        of(tmp_path, f"path,start,end,label\nb.wav,0,1,cat\n{row}\n")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "needs columns path and label, and has none that can be read"),
        (b"path,label\n", "holds nothing to learn from"),
        (b"path\0label\n", "none that can be read"),
        (b"\x89PNG\r\n\x1a\n\0\0", "none that can be read"),
        (b"a,b\n1,2\n", "has a, b; say which they are"),
    ],
)
def test_what_is_no_table(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "mine.csv").write_bytes(data)
    with pytest.raises(DataError, match=message):
        read(tmp_path / "mine.csv")


def test_recordings_that_are_missing(tmp_path: Path) -> None:
    found = of(tmp_path, "path,label\na.wav,dog\nx.wav,cat\nb.wav,cat\nx.wav,dog\n")
    assert [str(each) for each in found.skipped] == [
        f"x.wav: does not exist in {tmp_path}: check the name"
    ]
    assert len(found) == 2
    with pytest.raises(
        DataError, match=r"none of the 2 recordings in .* is there: 'x.wav' does not"
    ):
        of(tmp_path, "path,label\nx.wav,dog\ny.wav,cat\n")
    with pytest.raises(UsageError, match=r"^--audio-folder .*nowhere is no folder$"):
        of(tmp_path, "path,label\na.wav,1\n", SoundSettings(audio_folder=str(tmp_path / "nowhere")))


def test_names_that_are_no_unicode_and_paths_of_windows(tmp_path: Path) -> None:
    recording(tmp_path / "deep" / "b.wav")
    try:
        odd = recording(tmp_path / "a\udcff.wav")
    except OSError:  # the disk takes no such names
        odd = recording(tmp_path / "a.wav")
    text = f"path,label\n{odd.name},dog\ndeep\\b.wav,cat\n{tmp_path / 'deep' / 'b.wav'},bird\n"
    found = of(tmp_path, text)
    assert [clip.path for clip in found.clips] == [odd, *[tmp_path / "deep" / "b.wav"] * 2]


def test_hostile_names(tmp_path: Path) -> None:
    found = of(
        tmp_path, f"path,label\na.wav,dog\n{'x' * 5000}.wav,cat\n../../etc/passwd,cat\nb.wav,a\n"
    )
    assert len(found.skipped) == 2


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("1.5", 1.5), (2, 2.0), ("1:30", 90.0), ("1:00:00.5", 3600.5), (float("nan"), None)],
)
def test_times(value: object, seconds: float | None) -> None:
    assert seconds_of(value) == seconds


def test_which_column_is_what() -> None:
    columns = ("id", "FileName", "offset", "Onset", "class", "class_name", "Duration")
    assert roles_of(columns) == {"path": 1, "start": 3, "end": 2, "labels": 5}
