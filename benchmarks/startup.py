"""Start `earmark tag` on ten seconds of sound, beside a bare import of the libraries it needs.

    python -m benchmarks.startup [examples/street.flac] [--model compact] [--rounds 20]

Each is a fresh process, from its start to its end, all in turn; the median of the rounds counts.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.measuring import conditions, in_turn, markdown, ratio
from earmark.bundle import DEFAULT

BARE = 'python -c "import numpy, onnxruntime, av"'


def parsed() -> argparse.Namespace:
    """Read the command line."""
    example = Path(__file__).resolve().parent.parent / "examples" / "street.flac"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("recording", type=Path, nargs="?", default=example)
    parser.add_argument("--model", default=DEFAULT, help="a tagger by name, or its folder")
    parser.add_argument("--rounds", type=int, default=20, help="rounds, of which the median counts")
    return parser.parse_args()


def run(*arguments: str) -> None:
    """Run Python until it ends."""
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def main() -> None:
    """Measure and print one table."""
    options = parsed()
    # What the console script does, wherever it is installed.
    earmark = ("-c", "from earmark.cli import main; main()")
    tag = (*earmark, "tag", str(options.recording), "--model", options.model)
    jobs = {
        "python -c pass": partial(run, "-c", "pass"),
        BARE: partial(run, "-c", "import numpy, onnxruntime, av"),
        'python -c "import earmark"': partial(run, "-c", "import earmark"),
        "earmark --version": partial(run, *earmark, "--version"),
        f"earmark tag {options.recording.name}": partial(run, *tag),
    }
    times = in_turn(jobs, rounds=options.rounds)
    rows = [
        [name, f"{1000 * median(times[name]):.0f}", f"{ratio(times, BARE, name):.2f}x"]
        for name in jobs
    ]
    print(f"{conditions()}; {options.rounds} rounds.\n")
    print(markdown(["a process", "ms", "to the bare import"], rows))


if __name__ == "__main__":
    main()
