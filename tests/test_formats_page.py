"""The commands and the Python of docs/formats.md, with a few clips in place of AudioSet's."""

from __future__ import annotations

import shlex
import tarfile
from pathlib import Path

import numpy as np
import pytest
from formats.record_making import some_clips
from test_readme import ROOT, SKIPPED, blocks, commands, run_python

from earmark.cli.main import run
from earmark.formats import read, segments, write

PAGE = ROOT / "docs" / "formats.md"
CLIPS = some_clips(20)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all the files that the page speaks of."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for split, clips in {"bal_train": CLIPS[:12], "eval": CLIPS[12:]}.items():
        folder = Path("audioset_v1_embeddings", split)
        folder.mkdir(parents=True)
        write(folder / "00.tfrecord", clips)
    with tarfile.open("features.tar.gz", "w:gz") as archive:
        archive.add("audioset_v1_embeddings")
    write("kong.h5", CLIPS)
    write("blocks", CLIPS, format="npy")
    segments.write(Path("balanced_train_segments.csv"), [CLIPS])
    Path("mine.csv").write_text(f'id,labels\n{CLIPS.ids[0]},"Door; Gunshot, gunfire"\n')
    return tmp_path


def test_all_of_it_runs(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
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
    assert read("bal_train.h5") == read("bal_train.tfrecord.gz") == CLIPS[:12]
    assert read("eval.npz") == CLIPS[12:]
    assert read("both.npz") == read("train.parquet") == read("audioset.lance") == CLIPS
    np.testing.assert_array_equal(variables["frames"], CLIPS.frames)
    found = read("mine.h5")
    names = [found.table[label].name for label in found.labels[found.ids.index(CLIPS.ids[0])]]
    assert names == ["Door", "Gunshot, gunfire"]
    assert Path("train.csv").read_text() == Path("balanced_train_segments.csv").read_text()
