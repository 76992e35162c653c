"""What TensorFlow reads and writes, beside what we do: it runs in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from formats.record_making import COMPACT, some_clips

from earmark.formats import EmbeddingSet, tfrecord

SCRIPT = Path(__file__).with_name("with_tensorflow.py")
AUDIOSET_CLIPS, AUDIOSET_LABELS = 42_531, 104_686


def tensorflow(*arguments: str | Path) -> None:
    """Run the script, whose warnings concern nobody."""
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def parsed(pattern: str, folder: Path, *, compression: str = "") -> dict[str, np.ndarray]:
    """Let TensorFlow parse files in order of their names."""
    out = folder / "parsed.npz"
    tensorflow("parse", pattern, compression, out)
    with np.load(out) as file:
        return dict(file)


def assert_same(clips: EmbeddingSet, theirs: dict[str, np.ndarray]) -> None:
    assert [name.encode() for name in clips.ids] == theirs["video_id"].tolist()
    assert np.array_equal(clips.lengths, theirs["lengths"])
    assert np.array_equal(clips.frames[clips.mask()], theirs["frames"])
    assert np.array_equal(clips.starts, theirs["start_time_seconds"], equal_nan=True)
    assert np.array_equal(clips.ends, theirs["end_time_seconds"], equal_nan=True)
    assert np.array_equal(clips.labels.values, theirs["labels"])
    assert np.array_equal(clips.labels.counts, theirs["counts"])


@pytest.fixture(scope="module")
def released(shared_data: Path) -> Path:
    """AudioSet's embeddings as they are released."""
    return shared_data / "audioset" / "features.tar.gz"


@pytest.fixture(scope="module")
def unpacked(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audioset")
    with tarfile.open(released) as archive:
        archive.extractall(folder, filter="data")
    return folder


def test_all_clips_that_google_released_are_as_tensorflow_parses_them(
    unpacked: Path, released: Path, tmp_path: Path
) -> None:
    clips = EmbeddingSet.concatenate(list(tfrecord.stream(unpacked)))
    assert len(clips) == AUDIOSET_CLIPS
    assert len(clips.labels.values) == AUDIOSET_LABELS
    assert_same(clips, parsed(f"{unpacked}/*/*/*.tfrecord", tmp_path))
    packed = EmbeddingSet.concatenate(list(tfrecord.stream(released)))
    places = {name: row for row, name in enumerate(packed.ids)}
    assert packed.take(np.array([places[name] for name in clips.ids])) == clips


def test_each_split_of_the_archive(released: Path) -> None:
    counts = {
        split: sum(len(chunk) for chunk in tfrecord.stream(released, split=split))
        for split in ("bal_train", "eval")
    }
    assert counts == {"bal_train": 22_160, "eval": 20_371}


@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_what_we_write_tensorflow_reads(compression: str, tmp_path: Path) -> None:
    clips = some_clips(300, identity=COMPACT)
    clips.starts[::7] = np.nan
    path = tmp_path / f"clips.tfrecord{'.gz' if compression else ''}"
    tfrecord.write(path, [clips])
    theirs = parsed(str(path), tmp_path, compression=compression)
    assert_same(clips, theirs)
    assert set(theirs["earmark_identity"].tolist()) == {COMPACT.to_json().encode()}


def test_what_tensorflow_writes_we_read(tmp_path: Path) -> None:
    tensorflow("write", tmp_path)
    with np.load(tmp_path / "expected.npz") as expected:
        for kind in ("plain", "GZIP", "ZLIB"):
            (clips,) = tfrecord.stream(tmp_path / f"{kind}.tfrecord")
            assert np.array_equal(clips.lengths, expected["lengths"])
            assert np.array_equal(clips.frames[clips.mask()], expected["frames"])
            assert np.array_equal(clips.labels.values, expected["labels"])
            assert np.array_equal(clips.labels.counts, expected["counts"])
            assert clips.ids[:5] == ("0", "clip1", "clipclip2", "3", "clip4")
            assert np.array_equal(clips.starts, 30.0 * np.arange(60))
            assert np.array_equal(clips.ends, clips.starts + 10)
