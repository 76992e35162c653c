"""``earmark train`` with a person's own sounds."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from training.sounds.making import folders, recording, state_of

from earmark.audio import Skipped
from earmark.cli import own_sounds
from earmark.cli.own_sounds import Hearing, are_own_sounds, typed_sounds
from earmark.cli.progress import Progress
from earmark.errors import UsageError

from .conftest import Program

QUICKLY = ("--iterations", "120", "--set", "classifier.hidden=64", "--jobs", "1")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_thread: None) -> Path:
    """Work in an empty folder, with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARMARK_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_from_a_folder_for_each_class_to_tags(here: Path, earmark: Program) -> None:
    root = folders(here / "sounds", each=5)
    (root / "low" / "broken.wav").write_text("This is no sound at all.")
    (root / "empty").mkdir()
    before = state_of(root)
    outcome = earmark("train", "--data", "sounds", "-o", "mine", *QUICKLY)
    assert outcome.code == 1  # something was left out
    lines = outcome.err.splitlines()
    assert lines[0] == "sounds has a folder for each of 3 classes"
    assert lines[1] == "note: class 'empty' has no recordings: it is left out"
    assert lines[2].startswith("heard 4.5 s of sound in ")
    assert lines[3] == (
        "15 clips of 15 recordings, 12 for train, 3 for validation, with 3 classes: high, low, "
        "middle"
    )
    assert lines[-2:] == ["left out: 1", "  low/broken.wav: is text, not sound"]
    assert state_of(root) == before
    tagged = earmark("tag", "-m", "mine", "sounds/high/high0.wav", "--format", "json")
    assert json.loads(tagged.out)[0]["tags"][0]["label"] == "high"
    assert "Data" in (here / "mine" / "README.md").read_text()
    again = earmark("train", "--data", "sounds", "-o", "mine")
    assert again.code == 2
    assert again.err == (
        "earmark: mine holds a finished tagger, which is not overwritten: choose another --output\n"
    )


def test_all_the_flags_are_settings(here: Path, earmark: Program) -> None:
    folders(here, each=3)
    (here / "list.csv").write_text("name,sort,part\nlow/low0,a,1\nhigh/high0,b,2\n")
    outcome = earmark(
        *("train", "--data", "list.csv", "--dry-run", "--audio-folder", ".", "--class", "a"),
        *("--class", "b", "--background", "noise", "--unlabelled", "background", "--separator"),
        *(",", "--column", "path=name", "--column", "labels=sort", "--column", "fold=part"),
        *("--fold", "2", "--copies", "3", "--validation-share", "0.1", "--values", "youtube8m"),
        *("--adapt", "refit"),
    )
    assert outcome.code == 0, outcome.err
    sounds = outcome.out.partition("\nsounds:\n")[2]
    for line in (
        "audio_folder: .",
        "classes: [a, b]",
        "background: [noise]",
        "unlabelled: background",
        "columns: {fold: part, labels: sort, path: name}",
        "separator: ','",
        "fold: '2'",
        "copies: 3",
        "validation: 0.1",
        "values: youtube8m",
        "kind: refit",
    ):
        assert f" {line}\n" in sounds
    assert "hidden: 256" in outcome.out


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (("--split", "eval"), "--split is for embedding sets, and --data holds recordings"),
        (("--test", "x.h5"), "--test is for embedding sets, and --data holds recordings"),
        (("--column", "path"), "--column path is not ROLE=NAME, as in labels=category"),
        (("--column", "colour=x"), "sounds.columns.colour"),
        (("--validation-share", "2"), "sounds.validation"),
        (("--data", "more"), "--data sounds holds recordings, and only one such is learnt from at"),
        (("--class", "cat"), "no clip is labelled 'cat': there are 'high', 'low', 'middle'"),
        (("--fold", "1"), "sounds has no fold '1': it has none"),
    ],
)
def test_what_cannot_be(here: Path, earmark: Program, typed: tuple[str, ...], message: str) -> None:
    folders(here / "sounds", each=2)
    outcome = earmark("train", "--data", "sounds", "-o", "mine", *typed)
    assert outcome.code in (1, 2)
    assert message in outcome.err
    assert not (here / "mine").exists()


def test_flags_for_recordings_where_there_are_none(here: Path, earmark: Program) -> None:
    (here / "sets").mkdir()
    outcome = earmark("train", "--data", "sets", "-o", "mine", "--class", "cat")
    assert outcome.code == 2
    assert outcome.err.startswith("earmark: --class is for recordings, and --data holds none that")
    outcome = earmark("train", "--data", "sets", "-o", "mine", "--audio-folder", ".")
    assert outcome.err.startswith("earmark: --audio-folder is for recordings")


def test_which_data_are_recordings(here: Path) -> None:
    folders(here / "sounds", each=1)
    (here / "set.h5").touch()
    assert are_own_sounds(["sounds"])
    assert not are_own_sounds(["set.h5", "nowhere"])
    with pytest.raises(UsageError, match="put them into one folder, or name them in one table"):
        are_own_sounds(["set.h5", "sounds"])
    assert set(typed_sounds().values()) == {None}


def test_the_line_while_it_hears(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()

    class AtOnce(Progress):
        def __init__(self, *, total: int | None = None) -> None:
            super().__init__(total=total, stream=screen, clock=iter(range(99)).__next__)

    monkeypatch.setattr(own_sounds, "Progress", AtOnce)
    monkeypatch.delenv("TERM", raising=False)
    hearing = Hearing()
    hearing.begin(2)
    hearing.heard("a.wav", 4.0, 10.0)
    hearing.heard("b.wav", 1.0, 10.0)
    assert "0 of 2 done" in screen.getvalue()
    hearing.done("a.wav")
    assert "1 of 2 done" in screen.getvalue()


def test_quietly(capsys: pytest.CaptureFixture[str]) -> None:
    hearing = Hearing(quiet=True)
    hearing.begin(1)
    hearing.heard("a.wav", 4.0, 10.0)
    hearing.done("a.wav")
    hearing.told("nobody hears this")
    assert hearing.report() == 0
    assert capsys.readouterr().err == ""
    hearing.note("but this")
    hearing.skipped(Skipped("a.wav", "is broken"))
    assert hearing.report() == 1
    assert capsys.readouterr().err == "note: but this\nleft out: 1\n  a.wav: is broken\n"


def test_label_tracks_and_ctrl_c(
    here: Path, earmark: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        recording(here / f"{number}.wav", seconds=3, seed=number)
        (here / f"{number}.txt").write_text("0\t1\tdog\n")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Hearing, "heard", interrupt)
    outcome = earmark("train", "--data", ".", "-o", "mine")
    assert outcome.code == 130
    assert outcome.err.endswith(
        "interrupted after 0 of 3 recordings: what was heard is kept; give the same command to go "
        "on from there\n"
    )
    assert not (here / "mine" / "config.json").exists()
