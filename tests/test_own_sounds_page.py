"""The commands and the Python of docs/own-sounds.md, with tones in place of a person's sounds.

They run in this process, because that is where training can be made short.
"""

from __future__ import annotations

import csv
import shlex
import shutil
from pathlib import Path

import pytest
from test_readme import ROOT, SKIPPED, blocks, commands, run_python
from training.sounds.making import folders, recording, state_of

from earmark.bundle import Bundle
from earmark.cli.main import run
from earmark.training.sounds import own

PAGE = ROOT / "docs" / "own-sounds.md"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_thread: None) -> Path:
    """A folder with all that the page speaks of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EARMARK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(own, "_LEAST", 4)
    monkeypatch.setattr(own, "_EPOCHS", 1)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    folders(Path("sounds"), each=3, classes=("dog", "rain", "background"))
    recording(Path("new.wav"))
    _tables()
    for number in range(3):
        recording(Path("nights", f"{number}.wav"), seconds=3, seed=number)
        track = Path("nights", f"{number}.txt")
        track.write_text("0.000000\t0.500000\towl\n1.920000\t2.500000\tfox 0.83\n")
    lists = Path("data", "dataset_files")
    lists.mkdir(parents=True)
    (lists / "classes.txt").write_text("animals\nmusic\n")
    names = [f"{name} {number}.wav" for name in ("bird", "song") for number in range(3)]
    for number, name in enumerate(names):
        recording(Path("data", "audios", name), hertz=300 + 900 * (number > 2))
    lines = [f"{name} {int(number > 2)}\n" for number, name in enumerate(names)]
    (lists / "train.txt").write_text("".join(lines[:2] + lines[3:5]))
    (lists / "val.txt").write_text(lines[2] + lines[5])
    return tmp_path


def _tables() -> None:
    for number in range(4):
        recording(Path("garden", f"{number + 1:04}.wav"), seconds=4, seed=number)
    page = PAGE.read_text(encoding="utf-8")
    shown = page.partition("```\npath,start")[2].partition("```")[0]
    Path("garden.csv").write_text(f"path,start{shown}", encoding="utf-8")
    esc50 = [["filename", "fold", "target", "category", "esc10", "src_file", "take"]]
    mine = [["wav_name", "what"]]
    for number in range(10):
        name, fold, target = (
            f"{number // 2 + 1}-{number}-A-{number % 2}.wav",
            number // 2 + 1,
            number % 2,
        )
        recording(Path("audio", name), hertz=300 + 900 * target, seed=number)
        esc50.append(
            [name, str(fold), str(target), ["dog", "rooster"][target], "True", str(number), "A"]
        )
        mine.append([f"audio/{name}", "ab"[target]])
    for table, rows in (("esc50.csv", esc50), ("mine.csv", mine)):
        with Path(table).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)


def test_all_of_it_runs(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    theirs = [Path(name) for name in ("sounds", "garden", "audio", "nights", "data")]
    before = [state_of(folder) for folder in theirs]
    shown = PAGE.read_text(encoding="utf-8")
    page = "\n".join(line for line in shown.splitlines() if not SKIPPED.fullmatch(line.strip()))
    variables: dict[str, object] = {"__name__": "__page__"}
    for block in blocks(page):
        if block.language == "python":
            run_python(block, page=PAGE.name, variables=variables)
            continue
        for command in commands(block.text):
            program, *arguments = shlex.split(command)
            assert program == "earmark"
            assert run(arguments) == 0, f"{command}\n{capfd.readouterr().err}"
    assert [state_of(folder) for folder in theirs] == before
    known = {
        "my-tagger": ["dog", "rain"],
        "garden-tagger": ["bird", "dog", "rain"],
        "esc50-tagger": ["dog", "rooster"],
        "mine-tagger": ["a", "b"],
        "night-tagger": ["fox", "owl"],
        "old-tagger": ["animals", "music"],
        "refitted-tagger": ["dog", "rain"],
        "tuned-tagger": ["dog", "rain"],
        "my-tagger-2": ["dog", "rain"],
    }
    for folder, classes in known.items():
        bundle = Bundle.read(Path(folder))
        assert [label.name for label in bundle.labels] == classes
        assert bundle.has_embedder
        shutil.rmtree(folder)
    assert variables["found"].classes == ("dog", "rain")  # type: ignore[attr-defined]
