"""Embeddings in a .npz file."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from earmark.embedders import Identity
from earmark.errors import DataError, ModelError
from earmark.tagging import Embeddings
from earmark.tagging.npz import load, save

IDENTITY = Identity("compact", "1")


def embeddings(source: str, count: int) -> Embeddings:
    rng = np.random.default_rng(count)
    return Embeddings(
        source=source,
        duration=count * 0.96 + 0.1,
        model="compact 1.0",
        identity=IDENTITY,
        frames=rng.integers(0, 256, (count, 128), dtype=np.uint8),
        starts=np.arange(count, dtype=np.float64) * 0.96,
    )


def test_it_reads_what_it_wrote(tmp_path: Path) -> None:
    given = [embeddings("a.wav", 3), embeddings("b/ö.flac", 1), embeddings("c.wav", 12)]
    path = tmp_path / "all.npz"
    with path.open("wb") as file:
        save(file, given, identity=IDENTITY, model="compact 1.0")
    found = load(path)
    assert [(item.source, item.duration, item.identity, item.model) for item in found] == [
        (item.source, item.duration, item.identity, item.model) for item in given
    ]
    for ours, theirs in zip(found, given, strict=True):
        np.testing.assert_array_equal(ours.frames, theirs.frames)
        np.testing.assert_array_equal(ours.starts, theirs.starts)


def test_numpy_alone_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "all.npz"
    with path.open("wb") as file:
        save(file, [embeddings("a", 2), embeddings("b", 1)], identity=IDENTITY, model="m")
    with np.load(path, allow_pickle=False) as data:
        assert data["frames"].shape == (3, 128)
        assert data["source"].tolist() == [0, 0, 1]
        assert data["sources"].tolist() == ["a", "b"]


def test_none_at_all(tmp_path: Path) -> None:
    path = tmp_path / "none.npz"
    with path.open("wb") as file:
        save(file, [], identity=IDENTITY, model="m")
    assert load(path) == []


def test_embeddings_of_two_embedders_are_not_mixed() -> None:
    with pytest.raises(ModelError, match=r"a\.wav belongs to embedder compact 1, not to compact 2"):
        save(io.BytesIO(), [embeddings("a.wav", 1)], identity=Identity("compact", "2"), model="m")


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 half a zip"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"other\.npz holds no embeddings of earmark"):
        load(path)


def test_other_arrays_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    np.savez(path, frames=np.zeros(3))
    with pytest.raises(DataError, match="holds no embeddings of earmark"):
        load(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.npz"):
        load(tmp_path / "gone.npz")
