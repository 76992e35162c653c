"""Where the command line writes."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import BinaryIO

import pytest

from earmark.cli.streams import Sink, printable, say
from earmark.errors import DataError


def test_a_whole_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")
    with Sink(path, whole=True) as sink:
        sink.write("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_was_given_up_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")

    def give_up() -> None:
        with Sink(path, whole=True) as sink:
            sink.write("new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        give_up()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_while_it_opens_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Sink._open

    def press(sink: Sink, *, whole: bool, keep: int) -> BinaryIO:
        file = plain(sink, whole=whole, keep=keep)
        assert list(tmp_path.iterdir())
        signal.raise_signal(signal.SIGINT)
        return file

    monkeypatch.setattr(Sink, "_open", press)
    with pytest.raises(KeyboardInterrupt), Sink(tmp_path / "out.json", whole=True):
        pytest.fail("it was to end")
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "out.json", tmp_path / "link.json"
    path.write_text("old")
    link.symlink_to(path)
    with Sink(link, whole=True) as sink:
        sink.write("new")
    assert link.is_symlink()
    assert path.read_text() == "new"


def test_lines_are_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with Sink(path) as sink:
        sink.write("1\n")
        assert path.read_text() == "1\n"


def test_what_is_kept_stays(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("1\n2\nhal")
    with Sink(path, keep=4) as sink:
        sink.write("3\n")
    assert path.read_text() == "1\n2\n3\n"


def test_devices_are_written_to(tmp_path: Path) -> None:
    with Sink(Path("/dev/null"), whole=True) as sink:
        sink.write("gone")
    assert not Path("/dev/null").is_file()


def test_a_full_disk_is_one_sentence() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full here")
    with pytest.raises(DataError, match="/dev/full cannot be written: No sp"), Sink(full) as sink:
        sink.write("much")


def test_names_that_are_no_unicode_keep_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with Sink(path) as sink:
        sink.write("a\udcff.wav\n")
    assert path.read_bytes() == b"a\xff.wav\n"


def test_stderr_gets_no_escape_codes(capsys: pytest.CaptureFixture[str]) -> None:
    say("skipped \x1b[2J\udcff.wav")
    assert "\x1b" not in capsys.readouterr().err
    assert printable("größe 雨\t") == "größe 雨\N{REPLACEMENT CHARACTER}"
