"""Command line: fill a folder with synthetic training audio and its manifest."""

import argparse
import csv
import os
import sys
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recipes.synthesise.catalogue import Plan, plan
from recipes.synthesise.listen import Teacher
from recipes.synthesise.signals import RATE, Samples
from recipes.synthesise.sound import Sound, finish, sixteen_bit


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    out = argparse.ArgumentParser(
        prog="python -m recipes.synthesise",
        description="Render and synthesise 16 kHz mono WAV clips of 2 to 10 s with a manifest.csv.",
        epilog="Example: python -m recipes.synthesise /tmp/synthetic --hours 2.2 --seed 1",
    )
    out.add_argument("folder", type=Path, help="where the clips and manifest.csv go")
    out.add_argument("--hours", type=float, default=2.2, help="total length (default: 2.2)")
    out.add_argument("--seed", type=int, default=1, help="same seed, same clips (default: 1)")
    out.add_argument(
        "--only", default="", help="only generators whose name contains this (for listening)"
    )
    out.add_argument("--teacher", type=Path, help="EfficientAT model (.onnx) that picks the best")
    out.add_argument(
        "--tries", type=int, default=3, help="drafts a clip for --teacher (default: 3)"
    )
    out.add_argument(
        "--classes", type=Path, help="class_labels_indices.csv, to name what was heard"
    )
    return out


def draw(entry: Plan, *, seed: int, attempt: int = 0) -> tuple[Sound, Samples]:
    """Make one clip: the sound, and its audio as it is to be written."""
    rng = np.random.default_rng([seed, entry.index, attempt])
    sound = entry.make(rng, entry.seconds)
    return sound, finish(rng, sound.audio, seconds=entry.seconds, roomy=entry.roomy)


def choose(entry: Plan, *, seed: int, teacher: Teacher, tries: int) -> tuple[Sound, Samples]:
    """Make a clip a few times and keep what adds most to the classes heard so far."""
    drawn = [draw(entry, seed=seed, attempt=attempt) for attempt in range(tries)]
    scores = [teacher.scores(audio) for _, audio in drawn]
    best = int(np.argmax([teacher.worth(each) for each in scores]))
    teacher.keep(scores[best])
    return drawn[best]


def write(folder: Path, entry: Plan, sound: Sound, audio: Samples) -> list[str]:
    """Write one clip and return its row of the manifest."""
    path = Path(entry.group, f"{entry.index:05d}_{entry.name}.wav")
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(folder / path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(sixteen_bit(audio))
    duration = f"{len(audio) / RATE:.3f}"
    return [str(path), sound.source, "; ".join(sound.labels), sound.licence, duration]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the clips; return 0, or 2 when a needed program is missing."""
    options = parser().parse_args(arguments)
    if not 0 < options.hours < 1000:
        parser().error(f"--hours {options.hours} is not a sensible length")
    # training often runs beside this; it must not feel it
    os.nice(10)
    try:
        entries = plan(hours=options.hours, seed=options.seed, only=options.only)
    except LookupError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    teacher = Teacher(options.teacher) if options.teacher else None
    options.folder.mkdir(parents=True, exist_ok=True)
    with (options.folder / "manifest.csv").open("w", newline="", encoding="utf-8") as handle:
        rows = csv.writer(handle)
        rows.writerow(["path", "source", "labels", "licence", "duration_s"])
        for done, entry in enumerate(entries, start=1):
            if teacher is None:
                sound, audio = draw(entry, seed=options.seed)
            else:
                sound, audio = choose(
                    entry, seed=options.seed, teacher=teacher, tries=max(1, options.tries)
                )
            rows.writerow(write(options.folder, entry, sound, audio))
            if done % 100 == 0 or done == len(entries):
                sys.stderr.write(f"{done} of {len(entries)} clips\n")
    if teacher is not None:
        sys.stderr.write(f"{teacher.report(options.classes)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
