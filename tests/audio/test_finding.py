"""From what is named to the recordings it means."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from audio.making import pcm, save, tone, wav

from earmark.audio import EXTENSIONS, Skipped, Source, find, load

DATA = wav(pcm(tone(0.1)))


def names(*inputs: str | Path) -> list[str]:
    """Return the names of the sources found, and of the skipped with a minus before them."""
    return [
        item.name if isinstance(item, Source) else f"-{item.name}: {item.reason}"
        for item in find(inputs)
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "b.wav",
        "a.MP3",
        "notes.txt",
        "deep/er/c.flac",
        "deep/d.webm",
        ".hidden.wav",
        ".git/e.wav",
        "Zoo/lion.ogg",
    ):
        save(tmp_path, name, DATA)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_is_searched_through_all_levels_in_order(folder: Path) -> None:
    expected = ["Zoo/lion.ogg", "a.MP3", "b.wav", "deep/d.webm", "deep/er/c.flac"]
    assert names(folder) == [str(folder / name) for name in expected]
    assert names(".") == [os.path.join(".", name) for name in expected]  # noqa: PTH118


def test_a_named_file_is_taken_whatever_its_extension(folder: Path) -> None:
    assert names("notes.txt", ".hidden.wav") == ["notes.txt", ".hidden.wav"]


def test_patterns(folder: Path) -> None:
    assert names("*.wav") == ["b.wav"]
    assert names("**/*.flac", "?.MP3") == ["deep/er/c.flac", "a.MP3"]
    assert names("d*") == ["deep/d.webm", "deep/er/c.flac"]
    assert names("**/[cd].*") == ["deep/d.webm", "deep/er/c.flac"]
    assert names("**") == [
        "Zoo/lion.ogg",
        "a.MP3",
        "b.wav",
        "deep/d.webm",
        "deep/er/c.flac",
        "notes.txt",
    ]
    assert names("*.aiff") == ["-*.aiff: matches no file: check the pattern and the folder"]


def test_a_file_whose_name_is_a_pattern_is_that_file(folder: Path) -> None:
    save(folder, "[b].wav", DATA)
    assert names("[b].wav") == ["[b].wav"]
    assert names(Path("*.wav"))[0].startswith("-*.wav: does not exist")


def test_addresses_and_standard_input() -> None:
    found = list(find(["http://localhost/a.mp3", "HTTPS://localhost/b", "-"]))
    assert [item.name for item in found] == ["http://localhost/a.mp3", "HTTPS://localhost/b", "-"]
    assert all(isinstance(item, Source) for item in found)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("ftp://x.org/a.wav", "is a ftp address, and only http and https are read"),
        ("s3://bucket/a.wav", "is a s3 address"),
        ("file:///etc/passwd", "is a file address: name the path itself"),
        ("", "is an empty name: name a file or a folder"),
        ("none.wav", "does not exist: check the spelling and the folder"),
        ("none/at/all.wav", "does not exist: check the spelling and the folder"),
        ("a\x00b", "is no name that a file can have"),
        ("x" * 5000, "cannot be read (File name too long)"),
    ],
)
def test_what_cannot_be_found_says_why(item: str, expected: str) -> None:
    (skipped,) = find([item])
    assert isinstance(skipped, Skipped)
    assert skipped.reason.startswith(expected)
    assert "\x00" not in skipped.name


def test_a_near_miss_is_suggested(folder: Path) -> None:
    save(folder, "thunder.wav", DATA)
    assert names("thundr.wav") == ["-thundr.wav: does not exist: is it thunder.wav?"]
    assert names("deep/er/c.flc")[0].endswith(f"is it {Path('deep/er/c.flac')}?")


def test_one_bad_input_stops_nothing(folder: Path) -> None:
    found = names("none.wav", "b.wav", "x\x00", "a.MP3")
    assert [name.startswith("-") for name in found] == [True, False, True, False]


def test_a_folder_without_recordings_says_so(tmp_path: Path) -> None:
    save(tmp_path, "notes.txt", b"no sound")
    assert names(tmp_path) == [
        f"-{tmp_path}: holds no file with a known sound or video extension: name the files"
    ]


def test_a_folder_that_may_not_be_read_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def refuse(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = names(folder)
    assert (
        f"-{folder / 'deep'}: may not be read: ask for permission or copy it to where you may"
        in found
    )
    assert str(folder / "b.wav") in found


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs links and named pipes")
def test_links_and_pipes_in_a_folder(folder: Path) -> None:
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "linked.wav").symlink_to(folder / "b.wav")
    (folder / "broken.wav").symlink_to(folder / "nowhere.wav")
    (folder / "folder.wav").mkdir()
    os.mkfifo(folder / "pipe.wav")
    found = names(folder)
    assert str(folder / "linked.wav") in found
    assert (
        f"-{folder / 'broken.wav'}: is a link to something that does not exist: mend the link"
        in found
    )
    assert not any(name.endswith("pipe.wav") or "/loop/" in name for name in found)
    assert len(names(folder / "loop")) == len(found)  # entered when it is named


def test_finding_is_lazy(folder: Path) -> None:
    def inputs() -> Iterator[str]:
        yield "b.wav"
        raise AssertionError("asked for more than was needed")

    assert next(find(inputs())).name == "b.wav"


def test_what_is_found_can_be_read(folder: Path) -> None:
    assert all(
        len(load(item)) == 1600
        for item in find(["b.wav", folder / "deep"])
        if isinstance(item, Source)
    )


@pytest.mark.parametrize("name", ["a.7z", "b.rar", "c.tar.zst"])
def test_other_archives_are_named(tmp_path: Path, name: str) -> None:
    (skipped,) = find([save(tmp_path, name, b"data")])
    assert isinstance(skipped, Skipped)
    assert skipped.reason.startswith("is an archive of a kind that is not read: unpack it")


def test_extensions_are_plain_and_many() -> None:
    assert {".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".mp4", ".mkv", ".webm"} <= EXTENSIONS
    assert all(name == name.lower() and name.startswith(".") for name in EXTENSIONS)
