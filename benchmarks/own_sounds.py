"""A person's own sounds: how fast they are heard, and how long a tagger of them takes.

    python -m benchmarks.own_sounds [--each 10] [--rounds 5] [--without-training]

The recordings are noise and tones of five seconds, as many of each of five classes. Threads are
what earmark uses; processes, each with a network of its own, are what it might use instead.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.measuring import conditions, encode, in_turn, markdown, sound
from earmark.bundle import Bundle
from earmark.processor import cores
from earmark.tagging.tagger import Tagger
from earmark.training.sounds import read
from earmark.training.sounds.cache import Cache
from earmark.training.sounds.embedding import OfEmbedder
from earmark.training.sounds.extraction import extract
from earmark.training.sounds.recordings import identify

CLASSES = 5
SECONDS = 5.0
RATE = 44_100


def make(folder: Path, *, each: int) -> Path:
    """Write the recordings."""
    for number in range(CLASSES):
        for at in range(each):
            path = folder / f"class {number}" / f"{at}.mp3"
            path.parent.mkdir(parents=True, exist_ok=True)
            samples = sound(SECONDS, rate=RATE, channels=1, seed=100 * number + at)
            encode(path, samples, rate=RATE)
    return folder


def hear(folder: Path, *, jobs: int, cache: Cache | None = None) -> None:
    """Compute all embeddings in threads."""
    bundle = Bundle.find()
    found = identify(read(folder), jobs=jobs).found
    extract(found, functools.partial(_embedder, bundle), jobs=jobs, cache=cache)


def hear_in_processes(folder: Path, *, jobs: int) -> None:
    """Compute all embeddings in as many processes, which have to be started."""
    with multiprocessing.get_context("spawn").Pool(jobs, initializer=_open) as pool:
        paths = [recording.path for recording in identify(read(folder), jobs=jobs).found]
        pool.map(_hear_one, paths, chunksize=max(1, len(paths) // jobs // 4))


def train(folder: Path, place: Path) -> None:
    """Make a tagger, from the command to its end; nothing is known before."""
    run = tempfile.mkdtemp(dir=place)
    command = [sys.executable, "-m", "earmark", "train", "--data", str(folder), "-q"]
    environment = {**os.environ, "EARMARK_CACHE": f"{run}/cache"}
    subprocess.run([*command, "-o", f"{run}/mine"], env=environment, check=True)


def report(rows: Sequence[tuple[str, float, float]]) -> str:
    """Lay out seconds, and seconds of sound per second."""
    cells = [[name, f"{taken:.2f} s", f"{heard / taken:.0f}"] for name, taken, heard in rows]
    return markdown(["", "takes", "times real time"], cells)


def main(args: Sequence[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--each", type=int, default=10, help="recordings of each class")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without-training", action="store_true")
    options = parser.parse_args(args)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        folder = make(place / "sounds", each=options.each)
        cache = Cache(place / "cache")
        hear(folder, jobs=cores(), cache=cache)
        jobs: dict[str, Callable[[], object]] = {
            "one thread": lambda: hear(folder, jobs=1),
            f"{cores()} threads": lambda: hear(folder, jobs=cores()),
            f"{cores()} processes": lambda: hear_in_processes(folder, jobs=cores()),
            "from the cache": lambda: hear(folder, jobs=cores(), cache=cache),
        }
        if not options.without_training:
            jobs["`earmark train`, all of it"] = lambda: train(folder, place)
        times = in_turn(jobs, rounds=options.rounds)
    recordings = CLASSES * options.each
    heard = recordings * SECONDS
    print(
        f"{recordings} recordings of {SECONDS:.0f} s, MP3, 44.1 kHz; {conditions()}; "
        f"{options.rounds} rounds.\n"
    )
    print(report([(job, median(taken), heard) for job, taken in times.items()]))


def _embedder(bundle: Bundle, threads: int) -> OfEmbedder:
    return OfEmbedder(bundle, threads=threads)


def _open() -> None:
    global _tagger
    _tagger = Tagger(Bundle.find(), threads=1, read_ahead=False)


def _hear_one(path: Path) -> int:
    return len(_tagger.embed(path))


_tagger: Tagger

if __name__ == "__main__":
    main()
