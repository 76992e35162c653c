"""``earmark embed``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from earmark.tagging import Tagger
from earmark.tagging.npz import load

from .conftest import Program


def test_a_file_of_embeddings(earmark: Program, recordings: Path, folder: Path) -> None:
    outcome = earmark("embed", "recordings", "-o", "out.npz")
    assert outcome.code == 1  # for the one that is no recording
    assert outcome.out == ""
    found = load(Path("out.npz"))
    assert [item.source for item in found] == [f"recordings/{name}.wav" for name in "abc"]
    tagger = Tagger.load(folder)
    for item in found:
        np.testing.assert_array_equal(item.frames, tagger.embed(item.source).frames)
    assert outcome.err.startswith("read 3 recordings")


def test_where_to_begin(earmark: Program, recordings: Path) -> None:
    earmark("embed", "recordings/a.wav", "-o", "out.npz", "--start", "2")
    (found,) = load(Path("out.npz"))
    assert found.starts[0] == 2.0
    assert found.duration == 5.76


def test_nothing_to_read_leaves_an_empty_file_and_says_so(earmark: Program, tmp_path: Path) -> None:
    outcome = earmark("embed", tmp_path / "gone.wav", "-o", tmp_path / "out.npz")
    assert outcome.code == 1
    assert load(tmp_path / "out.npz") == []
