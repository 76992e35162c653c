"""Convert as many clips as all of AudioSet has: time, peak memory, and how that grows.

    python -m benchmarks.conversion [--clips 2084320] [--folder PATH]

A TFRecord file is made in a stream, and `earmark convert` turns it into HDF5, that into Parquet,
and that into TFRecord again, which must be the first file byte for byte. Each step is a process of
its own, whose largest resident set the system tells. Growth is how much more that is than with a
tenth of the clips. It takes up to 9 GB in a temporary folder, which is removed.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.clips import clips
from benchmarks.measuring import conditions, markdown
from earmark.formats import tfrecord

AUDIOSET_CLIPS = 2_084_320
STEPS = {
    "TFRecord to HDF5": ("first.tfrecord", "second.h5"),
    "HDF5 to Parquet": ("second.h5", "third.parquet"),
    "Parquet to TFRecord": ("third.parquet", "fourth.tfrecord"),
}


@dataclass(frozen=True)
class Cost:
    """What a step took."""

    seconds: float
    megabytes: float
    """Its peak memory."""
    size: float
    """What it wrote, in MB."""


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=AUDIOSET_CLIPS, help="how many to convert")
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    return parser.parse_args()


def in_own_process(code: str, *arguments: str) -> tuple[float, float]:
    """Run some Python: its seconds, and its peak memory in MB."""
    command = [sys.executable, "-c", code, *arguments]
    begun = perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    unit = 1 if sys.platform == "darwin" else 1024
    return perf_counter() - begun, usage.ru_maxrss * unit / 1e6


def convert(folder: Path, step: str) -> Cost:
    """Do one step."""
    source, target = (folder / name for name in STEPS[step])
    code = "from earmark.cli import main; main()"
    seconds, megabytes = in_own_process(
        code, "convert", str(source), "--output", str(target), "--quiet"
    )
    return Cost(seconds, megabytes, target.stat().st_size / 1e6)


def all_steps(count: int, *, within: Path | None) -> dict[str, Cost]:
    """Make so many clips and convert them round about."""
    with TemporaryDirectory(prefix="earmark-", dir=within) as name:
        folder = Path(name)
        # Made elsewhere: Linux counts what a process held before it became another.
        code = "from benchmarks.conversion import make; import sys; make(*sys.argv[1:])"
        in_own_process(code, name, str(count))
        costs = {}
        for step, (source, _) in STEPS.items():
            costs[step] = convert(folder, step)
            if source != "first.tfrecord":
                (folder / source).unlink()
        if not filecmp.cmp(folder / "first.tfrecord", folder / "fourth.tfrecord", shallow=False):
            raise SystemExit("what came back is not what was sent round")
    return costs


def make(folder: str, count: str) -> None:
    """Write the first file."""
    tfrecord.write(Path(folder, "first.tfrecord"), clips(int(count)))


def main() -> None:
    """Measure and print one table."""
    options = parsed()
    few = all_steps(options.clips // 10, within=options.folder)
    many = all_steps(options.clips, within=options.folder)
    rows = [
        [
            step,
            f"{cost.seconds:.1f}",
            f"{options.clips / cost.seconds:.0f}",
            f"{cost.size:.0f}",
            f"{cost.megabytes:.0f}",
            f"{cost.megabytes - few[step].megabytes:+.0f}",
        ]
        for step, cost in many.items()
    ]
    print(f"{options.clips} clips; {conditions()}. What came back is the first file again.\n")
    print(markdown(["", "seconds", "clips/s", "file, MB", "peak memory, MB", "growth, MB"], rows))


if __name__ == "__main__":
    main()
