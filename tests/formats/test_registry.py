"""Which format a file has."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from formats.record_making import COMPACT, Told, some_clips

from earmark.errors import DataError, ModelError, UsageError
from earmark.formats import FORMATS, EmbeddingSet, format_of, read, registry, stream, write

CLIPS = some_clips(12)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file of each kind, whose clips are `CLIPS` in order of their names."""
    folder = tmp_path / "sets"
    (folder / "b" / "deeper").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    write(folder / ".hidden" / "e.h5", CLIPS)
    write(folder / ".e.npz", CLIPS)
    for at, name in enumerate(["a.h5", "b.npz", "c.parquet", "d.lance"]):
        write(folder / name, CLIPS[2 * at : 2 * at + 2])
    (folder / "notes.txt").write_text("nothing")
    return folder


def test_a_folder_stands_for_the_sets_in_it(folder: Path) -> None:
    assert read(folder) == CLIPS[:8]
    assert read([folder / "a.h5", str(folder / "d.lance")]).ids == CLIPS.ids[:2] + CLIPS.ids[6:8]
    assert read(str(folder / "[ac].*")).ids == CLIPS.ids[:2] + CLIPS.ids[4:6]
    assert read(folder, format="parquet") == CLIPS[4:6]


def test_a_lance_folder_of_another_name(folder: Path) -> None:
    (folder / "d.lance").rename(folder / "b" / "clips")
    assert read(folder / "b" / "clips") == CLIPS[6:8]


def test_a_folder_named_like_a_file(tmp_path: Path) -> None:
    (tmp_path / "set.tfrecord").mkdir()
    write(tmp_path / "set.tfrecord" / "a.h5", CLIPS)
    assert read(tmp_path / "set.tfrecord") == CLIPS


def test_a_folder_of_blocks(folder: Path) -> None:
    write(folder / "b" / "blocks", CLIPS, format="npy")
    assert sorted(read(folder / "b").ids) == sorted(CLIPS.ids)


def test_audiosets_folders_and_archives(tmp_path: Path) -> None:
    for at, split in enumerate(["bal_train", "eval"]):
        (tmp_path / "set" / split).mkdir(parents=True)
        for number in range(2):
            part = CLIPS[6 * at + 3 * number : 6 * at + 3 * number + 3]
            write(tmp_path / "set" / split / f"{number}.tfrecord", part)
    assert read(tmp_path / "set") == CLIPS
    assert read(tmp_path / "set", split="eval") == CLIPS[6:]
    assert read(str(tmp_path / "set" / "**" / "0.tfrecord")).ids == CLIPS.ids[:3] + CLIPS.ids[6:9]
    several = sorted((tmp_path / "set" / "eval").iterdir())
    assert [len(chunk) for chunk in stream(several)] == [6]
    assert read(several) == CLIPS[6:]
    with tarfile.open(tmp_path / "features.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "set", "set")
    assert read(tmp_path / "features.tar.gz", split="bal_train") == CLIPS[:6]
    assert read(tmp_path / "features.tar.gz", format="tfrecord").ids == CLIPS.ids


@pytest.mark.parametrize("name", ["set.h5", "set.HDF5", "set", "set.dat"])
def test_the_name_tells_unless_one_says_so(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, CLIPS, format="hdf5")
    assert read(tmp_path / name, format="hdf5") == CLIPS
    if name.lower().endswith("5"):
        assert read(tmp_path / name) == CLIPS
        return
    with pytest.raises(
        UsageError, match=rf"{name} may be of any format: name it \.tfrecord, .*npz"
    ):
        read(tmp_path / name)


def test_what_cannot_be_read(folder: Path) -> None:
    with pytest.raises(DataError, match="gone does not exist: check the name"):
        read(folder / "gone")
    with pytest.raises(DataError, match=r"\*\.tfrecord matches nothing: check the pattern"):
        read(str(folder / "*.tfrecord"))
    with pytest.raises(DataError, match=r"deeper holds no embedding set: name it \.tfrecord"):
        read(folder / "b" / "deeper")
    (folder / "list.csv").touch()
    with pytest.raises(UsageError, match="is a list of segments, without embeddings: see"):
        read(folder / "list.csv")
    with pytest.raises(UsageError, match="chunk must be 1 or more, not 0"):
        list(stream(folder, chunk=0))
    with pytest.raises(UsageError, match=r"a\.h5 has no split 'eval': only folders and archives"):
        read(folder / "a.h5", split="eval")


@pytest.mark.parametrize("name", ["set", "set.wav", "features.tar.gz", "set.tar"])
def test_what_cannot_be_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=rf"{name} may be of any format: .* or \.csv, or say"):
        write(tmp_path / name, CLIPS)
    assert not list(tmp_path.iterdir())


def test_every_format_can_be_named() -> None:
    for name, kind in FORMATS.items():
        assert kind.name == name
        assert format_of("set", name) is kind
        assert format_of(f"set{kind.suffixes[0]}") is kind
    assert format_of("set.tfrecord.gz") is format_of("a.tfrecord-00000-of-00010")


def test_sets_of_two_embedders_are_not_read_as_one(tmp_path: Path) -> None:
    write(tmp_path / "a.h5", CLIPS)
    write(tmp_path / "b.h5", some_clips(3, identity=COMPACT))
    with pytest.raises(ModelError, match="belongs to embedder compact 1, not to vggish 1"):
        read(tmp_path)


def test_an_empty_set_among_others_does_not_matter(tmp_path: Path) -> None:
    write(tmp_path / "a.h5", EmbeddingSet.empty(identity=COMPACT))
    write(tmp_path / "b.h5", CLIPS)
    assert read(tmp_path) == CLIPS


def test_damage_in_one_file_does_not_stop_the_others(folder: Path) -> None:
    shutil.rmtree(next((folder / "d.lance").glob("data")))
    told = Told()
    assert EmbeddingSet.concatenate(list(stream(folder, on_damage=told))) == CLIPS[:6]
    assert len(told) == 1


@pytest.mark.parametrize("format", ["hdf5", "parquet", "lance"])
def test_what_is_not_installed_is_said_in_one_sentence(
    format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = {"hdf5": "h5py", "parquet": "pyarrow", "lance": "lance"}[format]
    extra = "archive" if format == "lance" else "formats"
    for name in [name for name in sys.modules if name.startswith(f"earmark.formats.{format}")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "earmark.formats.arrow", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    expected = rf"{format} needs {library}: pip install 'earmark\[{extra}\]'"
    with pytest.raises(UsageError, match=expected):
        write(tmp_path / "set", CLIPS, format=format)  # type: ignore[arg-type]


def test_importing_the_face_loads_no_library() -> None:
    script = "import sys, earmark.formats; print(*sys.modules)"
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    loaded = set(result.stdout.split())
    assert not loaded & {"h5py", "pyarrow", "lance", "google_crc32c", "torch", "tensorflow"}


def test_a_fault_of_ours_is_not_called_a_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "earmark.formats.npz", None)
    with pytest.raises(ModuleNotFoundError, match=r"earmark\.formats\.npz"):
        registry.write("set.npz", CLIPS)
