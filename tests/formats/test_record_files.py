"""What a path means: files, folders, patterns, archives."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from formats.record_making import Told

from earmark.errors import DataError
from earmark.formats.record_files import is_records, record_files

NAMES = ("bal_train/b.tfrecord", "bal_train/a.tfrecord", "eval/c.tfrecord", "eval/deep/d.tfrecord")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (*NAMES, "eval/notes.txt", ".hidden/e.tfrecord", "eval/.f.tfrecord"):
        path = tmp_path / "v1" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "v1"


@pytest.fixture
def archive(folder: Path) -> Path:
    path = folder.parent / "features.tar.gz"
    with tarfile.open(path, "w:gz") as file:
        for name in (*NAMES, "eval/notes.txt"):
            file.add(folder / name, f"./v1/{name}")
    return path


def opened(path: Path | str, *, split: str | None = None) -> dict[str, bytes]:
    told = Told()
    files = record_files(path, split=split, on_damage=told)
    found = {file.path: b"".join(iter(lambda read=file.read: read(9), b"")) for file in files}  # type: ignore[misc]
    assert not told
    return found


def names(found: dict[str, bytes]) -> list[str]:
    for path, data in found.items():
        assert path.endswith(data.decode())
    return [data.decode() for data in found.values()]


def test_a_folder_is_searched_in_order_of_names(folder: Path) -> None:
    assert names(opened(folder)) == sorted(NAMES)
    assert names(opened(str(folder / "eval"))) == sorted(NAMES)[2:]


def test_a_file_is_itself_whatever_it_is_called(folder: Path) -> None:
    assert opened(folder / "eval" / "notes.txt") == {
        str(folder / "eval" / "notes.txt"): b"eval/notes.txt"
    }


def test_patterns(folder: Path) -> None:
    assert names(opened(f"{folder}/*/[ac].tfrecord")) == [NAMES[1], NAMES[2]]
    assert names(opened(f"{folder}/ev*")) == sorted(NAMES)[2:]
    assert names(opened(folder / "**" / "*.tfrecord")) == sorted(NAMES)


def test_an_archive_is_read_as_it_comes(archive: Path) -> None:
    found = opened(archive)
    assert names(found) == list(NAMES)
    assert next(iter(found)) == f"{archive}/v1/bal_train/b.tfrecord"


def test_an_archive_that_is_not_packed(folder: Path) -> None:
    path = folder.parent / "features.tar"
    with tarfile.open(path, "w") as file:
        file.add(folder / NAMES[0], NAMES[0])
    assert names(opened(path)) == [NAMES[0]]


@pytest.mark.parametrize("of", ["folder", "archive"])
def test_a_split_is_a_folder_by_its_name(of: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(of)
    assert sorted(names(opened(path, split="eval"))) == sorted(NAMES)[2:]
    assert names(opened(path, split="deep")) == [NAMES[3]]
    with pytest.raises(DataError, match=r"has no folder 'test', but bal_train, deep, eval$"):
        opened(path, split="test")


@pytest.mark.parametrize("above", ["eval", "bal_train"])
def test_folders_above_what_is_named_are_no_splits(above: str, folder: Path) -> None:
    path = folder.rename(folder.with_name("other"))
    (folder.parent / above).mkdir()
    path = path.rename(folder.parent / above / "v1")
    assert names(opened(path, split="bal_train")) == sorted(NAMES)[:2]
    assert names(opened(path / "eval", split="eval")) == sorted(NAMES)[2:]
    assert names(opened(path / NAMES[2], split="eval")) == [NAMES[2]]
    assert names(opened(f"{path}/*/a*", split="bal_train")) == [NAMES[1]]
    with tarfile.open(path.parent / "f.tar", "w") as file:
        file.add(path / NAMES[0], NAMES[0])
        file.add(path / NAMES[2], NAMES[2])
    assert names(opened(path.parent / "f.tar", split="eval")) == [NAMES[2]]


def test_packed_files_beside_and_inside_archives(tmp_path: Path) -> None:
    (tmp_path / "a.tfrecord.gz").write_bytes(gzip.compress(b"a.tfrecord.gz"))
    assert names(opened(tmp_path)) == ["a.tfrecord.gz"]
    with tarfile.open(tmp_path / "b.tar", "w") as file:
        file.add(tmp_path / "a.tfrecord.gz", "a.tfrecord.gz")
    assert names(opened(tmp_path / "b.tar")) == ["a.tfrecord.gz"]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("a.tfrecord", True),
        ("--.TFRECORDS", True),
        ("train.tfrecord-00001-of-00010", True),
        ("a.tfrecord.gz", True),
        (".a.tfrecord", False),
        ("tfrecord", False),
        ("a.tfrecord.txt", False),
    ],
)
def test_names_of_tfrecord_files(name: str, is_one: bool) -> None:
    assert is_records(name) is is_one


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.tfrecord does not exist"):
        opened(tmp_path / "nothing.tfrecord")
    with pytest.raises(DataError, match=r"holds no \.tfrecord file"):
        opened(tmp_path)
    with pytest.raises(DataError, match=r"holds no \.tfrecord file"):
        opened(f"{tmp_path}/*.tfrecord")


def gone(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def torn(path: Path) -> None:
    path.write_bytes(gzip.compress(path.read_bytes())[:5])


@pytest.mark.parametrize(
    ("spoil", "reason"), [(gone, "it cannot be opened: No such file"), (torn, "break off")]
)
def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    spoil: Callable[[Path], None], reason: str, folder: Path
) -> None:
    spoil(folder / NAMES[1])
    told = Told()
    files = [file.path for file in record_files(folder, on_damage=told)]
    assert len(files) == 3
    ((path, text),) = [(damage.path, damage.reason) for damage in told]
    assert path == str(folder / NAMES[1])
    assert reason in text


def test_an_archive_that_breaks_off_says_so(archive: Path) -> None:
    data = gzip.decompress(archive.read_bytes())[:2600]
    archive.write_bytes(data)
    told = Told()
    paths = [file.path for file in record_files(archive, on_damage=told)]
    assert 0 < len(paths) < len(NAMES)
    assert told.reasons == ["it cannot be read to its end: the archive breaks off"]
