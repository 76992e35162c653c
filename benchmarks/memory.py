"""Tag recordings of ten seconds, an hour and twelve hours: the most memory that takes.

    python -m benchmarks.memory [--model compact] [--seconds 10 3600 43200]

WAV at 16 kHz mono and MP3 at 44.1 kHz stereo, made in a temporary folder (1.4 GB for twelve hours)
and removed. Each is tagged by a process of its own, whose largest resident set the system tells.
"""

from __future__ import annotations

import argparse
import os
import sys
import wave
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.measuring import conditions, encode, markdown, sound
from earmark.bundle import DEFAULT

PIECE = 60.0
"""A recording is made of this many seconds of sound, again and again."""


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", default=DEFAULT, help="a tagger by name, or its folder")
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0, 3600.0, 43_200.0])
    parser.add_argument("--kinds", nargs="+", choices=("wav", "mp3"), default=["wav", "mp3"])
    return parser.parse_args()


def make(path: Path, seconds: float) -> None:
    """Write a recording without ever holding it."""
    piece = min(PIECE, seconds)
    times = round(seconds / piece)
    if path.suffix == ".wav":
        samples = sound(piece, rate=16_000, channels=1).tobytes()
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            for _ in range(times):
                file.writeframesraw(samples)
        return
    encoded = encode(path, sound(piece, rate=44_100, channels=2), rate=44_100).read_bytes()
    with path.open("wb") as file:
        for _ in range(times):
            file.write(encoded)


def tag(path: Path, *, model: str) -> tuple[float, float]:
    """Tag in a process of its own: its peak memory in MB, and its seconds."""
    code = "from earmark.cli import main; main()"
    command = [sys.executable, "-c", code, "tag", str(path), "--quiet", "--model", model]
    begun = perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"earmark tag {path.name} failed")
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 1e6, perf_counter() - begun


def spell(seconds: float) -> str:
    """Write a length: ``10 s``, ``12 h``."""
    return f"{seconds / 3600:g} h" if seconds >= 3600 else f"{seconds:g} s"


def main() -> None:
    """Measure and print one table."""
    options = parsed()
    rows = []
    for seconds in options.seconds:
        for kind in options.kinds:
            with TemporaryDirectory(prefix="earmark-") as folder:
                path = Path(folder, f"recording.{kind}")
                # Linux counts what a process held before it became another, as ours does when it
                # starts earmark; so the big arrays are made elsewhere.
                maker = get_context("spawn").Process(target=make, args=(path, seconds))
                maker.start()
                maker.join()
                size = path.stat().st_size / 1e6
                peak, spent = tag(path, model=options.model)
            name = f"{spell(seconds)}, {kind.upper()}"
            rows.append([name, f"{size:.1f}", f"{peak:.0f}", f"{spent:.1f}"])
    print(f"{conditions()}.\n")
    print(markdown(["a recording", "size, MB", "peak memory, MB", "seconds"], rows))


if __name__ == "__main__":
    main()
