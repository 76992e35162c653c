"""Files and folders that appear when they are complete."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from earmark.errors import DataError, UsageError
from earmark.formats.whole import replacing, replacing_folder


def test_a_file_appears_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "set"
    path.write_text("old")
    with replacing(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
        assert part.parent == tmp_path
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_the_old_file_stays_if_the_new_one_fails(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "set"
    path.write_text("old")

    def fails() -> None:
        with replacing(path) as part:
            part.write_text("half")
            raise error

    with pytest.raises(error):
        fails()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_said_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "set"
    full = OSError(errno.ENOSPC, "Can't write, a page of what the library had to say, errno = 28")
    with (
        pytest.raises(DataError, match=r"set cannot be written: No space left on device$"),
        replacing(path),
    ):
        raise full
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_known_at_once(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match=r"no/set cannot be written: No such file"),
        replacing(tmp_path / "no" / "set"),
    ):
        pytest.fail("the block must not be entered")
    with pytest.raises(UsageError, match="it is a folder; name a file"), replacing(tmp_path):
        pytest.fail("the block must not be entered")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    real, link = tmp_path / "there" / "set", tmp_path / "set"
    link.symlink_to(real)
    with replacing(link) as part:
        part.write_text("new")
    assert link.is_symlink()
    assert real.read_text() == "new"


def is_ours(folder: Path) -> bool:
    return (folder / "ours").exists()


def test_a_folder_appears_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "set"
    for text in ("first", "second"):
        with replacing_folder(path, ours=is_ours) as part:
            (part / "ours").write_text(text)
        assert (path / "ours").read_text() == text
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_folder_stays_if_the_new_one_fails(tmp_path: Path) -> None:
    path = tmp_path / "set"
    path.mkdir()
    (path / "ours").write_text("old")

    def fails() -> None:
        with replacing_folder(path, ours=is_ours) as part:
            (part / "ours").write_text("new")
            raise ValueError("half")

    with pytest.raises(ValueError, match="half"):
        fails()
    assert (path / "ours").read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_folder_stays_if_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "set"
    path.mkdir()
    (path / "ours").write_text("old")
    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if self.name.endswith(".part"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with (
        pytest.raises(DataError, match="set cannot be written: Permission denied"),
        replacing_folder(path, ours=is_ours),
    ):
        pass
    assert (path / "ours").read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_else_is_in_a_folder_is_never_lost(tmp_path: Path) -> None:
    path = tmp_path / "set"
    path.mkdir()
    (path / "thesis.txt").write_text("three years of work")
    for place in (path, path / "thesis.txt"):
        with (
            pytest.raises(UsageError, match="something else is there, which would be lost"),
            replacing_folder(place, ours=is_ours),
        ):
            pytest.fail("the block must not be entered")
    assert (path / "thesis.txt").exists()


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    path = tmp_path / "set"
    path.mkdir()
    with replacing_folder(path, ours=is_ours) as part:
        (part / "a").touch()
    assert (path / "a").exists()
