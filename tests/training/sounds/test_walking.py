"""Files below a folder."""

from __future__ import annotations

from pathlib import Path

from earmark.audio import Skipped
from earmark.training.sounds.walking import files, is_recording, listing


def test_in_order_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b/2.wav", "b/10.wav", "a.wav", ".hidden/x.wav", "b/.x.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    found = [each.name if isinstance(each, Path) else str(each) for each in files(tmp_path)]
    gone = f"{tmp_path / 'gone'}: is a link to something that does not exist: mend the link"
    assert found == ["a.wav", gone, "10.wav", "2.wav"]
    inside, beside, skipped = listing(tmp_path)
    assert ([path.name for path in inside], [path.name for path in beside]) == (["b"], ["a.wav"])
    assert len(skipped) == 1


def test_no_folder_within_itself(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x.wav").touch()
    (tmp_path / "beside.wav").touch()
    (tmp_path / "a" / "b" / "round").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    found = [each.name for each in files(tmp_path / "a") if isinstance(each, Path)]
    assert found == ["x.wav", "beside.wav"]  # by way of the folder above
    assert len(list(files(tmp_path / "a", within=[tmp_path]))) == 1


def test_folders_that_are_not_there(tmp_path: Path) -> None:
    assert list(files(tmp_path / "nowhere")) == []
    assert isinstance(listing(tmp_path / "nowhere")[2][0], Skipped)


def test_what_is_named_like_a_recording() -> None:
    assert is_recording(Path("a.WAV"))
    assert is_recording(Path("film.mkv"))
    assert not is_recording(Path("a.tar.gz"))
    assert not is_recording(Path("wav"))
