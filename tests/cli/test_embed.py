"""``earmark embed``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sounds

from earmark.formats import read
from earmark.tagging import Tagger, gathering
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


@pytest.mark.parametrize("suffix", [".h5", ".tfrecord", ".parquet", ".lance"])
def test_a_set_of_clips(earmark: Program, recordings: Path, folder: Path, suffix: str) -> None:
    long = sounds.write_wav(recordings / "e.wav", sounds.tone(700, 25.0))
    outcome = earmark("embed", "recordings", "-o", f"out{suffix}")
    assert outcome.code == 1  # for the one that is no recording
    assert outcome.err.startswith("read 4 recordings")
    clips = read(f"out{suffix}")
    assert clips.ids == tuple(f"recordings/{name}.wav" for name in "abceee")
    tagger = Tagger.load(folder)
    assert clips.identity == tagger.identity
    frames = [tagger.embed(f"recordings/{name}.wav").frames for name in "abce"]
    np.testing.assert_array_equal(clips.frames[clips.mask()], np.concatenate(frames))
    assert clips.lengths.tolist() == [5, 6, 2, 10, 10, 6]
    np.testing.assert_allclose(clips.starts, [0, 0, 0, 0, 9.6, 19.2], rtol=1e-6)
    np.testing.assert_allclose(clips.ends[-3:], [9.6, 19.2, 24.96], rtol=1e-6)
    assert not len(clips.labels.values)
    assert long.exists()


def test_npz_and_a_set_hold_the_same(earmark: Program, recordings: Path) -> None:
    earmark("embed", "recordings", "-o", "out.npz", "--start", "1")
    earmark("embed", "recordings", "-o", "out", "--format", "hdf5", "--start", "1")
    assert read("out.npz") == read("out", format="hdf5")


def test_a_long_recording_is_cut_piece_by_piece(
    earmark: Program, recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounds.write_wav(recordings / "long.wav", sounds.tone(700, 60.0))
    earmark("embed", "recordings/long.wav", "-o", "whole.h5")
    monkeypatch.setattr("earmark.cli.embed._AT_ONCE", 20)
    monkeypatch.setattr(gathering, "IN_MEMORY", 16)
    earmark("embed", "recordings/long.wav", "-o", "pieces.h5")
    assert read("pieces.h5") == read("whole.h5")
    assert len(read("whole.h5")) == 7


def test_no_recordings_are_a_set_without_clips(earmark: Program, tmp_path: Path) -> None:
    outcome = earmark("embed", tmp_path / "gone.wav", "-o", tmp_path / "out.h5")
    assert outcome.code == 1
    assert read(tmp_path / "out.h5").identity.name == "placeholder"
    assert len(read(tmp_path / "out.h5")) == 0


@pytest.mark.parametrize("suffix", [".npz", ".h5", ".lance"])
def test_where_nothing_can_be_written_is_known_at_once(
    earmark: Program, recordings: Path, suffix: str
) -> None:
    outcome = earmark("embed", "recordings", "-o", f"no/out{suffix}")
    assert outcome.code == 2
    assert outcome.err == f"earmark: no/out{suffix} cannot be written: No such file or directory\n"
