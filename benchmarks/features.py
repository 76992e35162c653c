"""Compute patches with `earmark.features`, and plainly in float64: how much faster is it.

    python -m benchmarks.features [--seconds 60] [--rounds 10]

All run over the same noise, turn by turn, and the best round of each counts. The plain ways have
one thread, as a loop in Python must; earmark takes all cores for half a minute and more. The plain
ways are those of ``tests/reference_features.py``, with which the tests compare.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.measuring import conditions, markdown
from earmark import features

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
import reference_features as reference

PLAIN = "plain, FFT frame by frame"


def seconds_of(call: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    start = perf_counter()
    call()
    return perf_counter() - start


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the waveform")
    parser.add_argument("--rounds", type=int, default=10, help="rounds, of which the best counts")
    options = parser.parse_args()

    rng = np.random.default_rng(0)
    samples = round(options.seconds * features.SAMPLE_RATE)
    waveform = (0.1 * rng.standard_normal(samples)).astype(np.float32)
    ways = {
        "plain, DFT as a sum": lambda: reference.patches(
            waveform, spectrum=reference.by_definition
        ),
        PLAIN: lambda: reference.patches(waveform),
        "earmark.features": lambda: features.patches(waveform),
        "earmark.features, one worker": lambda: features.patches(waveform, workers=1),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(options.rounds):
        best = {name: min(best[name], seconds_of(way)) for name, way in ways.items()}

    computed = features.patches(waveform)
    difference = np.abs(computed - reference.patches(waveform)).max()
    rows = [
        [
            name,
            f"{len(computed) / seconds:.0f}",
            f"{1000 * seconds / len(computed):.3f}",
            f"{best[PLAIN] / seconds:.1f}x",
        ]
        for name, seconds in best.items()
    ]
    print(
        f"{len(computed)} patches ({options.seconds:g} s), largest difference {difference:.1e}; "
        f"{conditions()}; best of {options.rounds} rounds.\n"
    )
    print(markdown(["", "patches/s", "ms a patch", "as fast as frame by frame"], rows))


if __name__ == "__main__":
    main()
