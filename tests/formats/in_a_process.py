"""What a test cannot do in its own process: fill the disk, be killed, and count memory.

Run as ``in_a_process.py full FOLDER``, or with ``killed`` or ``memory`` and a suffix behind.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from earmark.errors import DataError
from earmark.formats import EmbeddingSet, Labels, stream, write

SUFFIXES = (".h5", ".parquet", ".lance", ".npz", ".tfrecord")
CHUNK = 4000


def some(count: int) -> Iterator[EmbeddingSet]:
    """Yield so many clips."""
    rng = np.random.default_rng(0)
    chunk = replace(
        EmbeddingSet.empty(),
        frames=rng.integers(1, 256, (CHUNK, 10, 128), np.uint8),
        lengths=np.full(CHUNK, 10, np.uint8),
        ids=("",) * CHUNK,
        starts=np.zeros(CHUNK),
        ends=np.full(CHUNK, 10.0),
        labels=Labels.from_counts(np.zeros(CHUNK, np.int32), np.ones(CHUNK, np.int64)),
    )
    for at in range(0, count, CHUNK):
        yield replace(chunk, ids=tuple(f"clip-{number:06}" for number in range(at, at + CHUNK)))


def full(folder: Path) -> None:
    """Write where there is room for a megabyte."""
    said = {}
    for suffix in SUFFIXES:
        limit(1 << 20)
        try:
            write(folder / f"set{suffix}", some(CHUNK))
        except DataError as error:
            said[suffix] = str(error)
        limit(resource.RLIM_INFINITY)
    print(json.dumps(said))


def limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def killed(folder: Path, suffix: str) -> None:
    """Be killed while writing."""

    def clips() -> Iterator[EmbeddingSet]:
        yield from some(3 * CHUNK)
        os.kill(os.getpid(), signal.SIGKILL)

    write(folder / f"set{suffix}", clips())


def memory(folder: Path, suffix: str) -> None:
    """Say how much more memory a large set takes than a small one, in MB."""
    path = folder / f"set{suffix}"
    there_and_back(path, 6 * CHUNK)
    before = most()
    there_and_back(path, 20 * CHUNK)
    print(json.dumps(most() - before))


def there_and_back(path: Path, count: int) -> None:
    write(path, some(count))
    assert sum(len(chunk) for chunk in stream(path)) == count


def most() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    what, where, *more = sys.argv[1:]
    if what == "full":
        full(Path(where))
    elif what == "killed":
        killed(Path(where), *more)
    else:
        memory(Path(where), *more)
