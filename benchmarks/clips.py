"""Clips as AudioSet's, to measure on: made in a stream, as many as are asked for."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark import ontology
from earmark.formats import CLIP_FRAMES, EmbeddingSet, Labels
from earmark.formats.tfrecord import write

__all__ = ["audioset_files", "clips", "packed"]

CHUNK = 4096
SHORT = 0.02
"""How many of AudioSet's clips have fewer than ten frames."""
ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", "S1")


def clips(count: int, *, seed: int = 0) -> Iterator[EmbeddingSet]:
    """Make so many clips, chunk by chunk, with lengths and numbers of labels as in AudioSet."""
    rng = np.random.default_rng(seed)
    for start in range(0, count, CHUNK):
        yield _chunk(min(CHUNK, count - start), rng)


def _chunk(count: int, rng: np.random.Generator) -> EmbeddingSet:
    short = rng.integers(1, CLIP_FRAMES, count)
    lengths = np.where(rng.random(count) < SHORT, short, CLIP_FRAMES).astype(np.uint8)
    # Clipped as the released ones are, so that they can be compressed about as much.
    levels = 128 + 60 * rng.standard_normal((count, CLIP_FRAMES, 128), np.float32)
    frames = np.clip(levels, 0, 255).astype(np.uint8)
    frames[np.arange(CLIP_FRAMES) >= lengths[:, None]] = 0
    letters = rng.choice(ALPHABET, (count, 11))
    starts: NDArray[np.float64] = 10.0 * rng.integers(0, 60, count).astype(np.float64)
    counts = rng.poisson(1.5, count) + 1
    table = ontology.labels()
    return EmbeddingSet(
        frames=frames,
        lengths=lengths,
        ids=tuple(letters.view("S11")[:, 0].astype(str).tolist()),
        starts=starts,
        ends=np.add(starts, lengths, dtype=np.float64),
        labels=Labels.from_counts(
            rng.integers(0, len(table), counts.sum(), np.int32), counts.astype(np.int64)
        ),
        table=table,
    )


def audioset_files(folder: Path, *, count: int, each: int = 5) -> None:
    """Write clips into files of a few each, as AudioSet's balanced splits are laid out."""
    (folder / "eval").mkdir(parents=True)
    number = 0
    for chunk in clips(count):
        for at in range(0, len(chunk), each):
            write(folder / "eval" / f"{number:05}.tfrecord", [chunk[at : at + each]])
            number += 1


def packed(folder: Path, archive: Path) -> Path:
    """Pack a folder as AudioSet's ``features.tar.gz`` is."""
    with tarfile.open(archive, "w:gz") as file:
        for path in sorted(folder.rglob("*.tfrecord")):
            file.add(path, path.relative_to(folder.parent))
    return archive
