"""Compute patches as `earmark.features` does, and as plainly as possible: how much faster is it.

    python benchmarks/features.py [--seconds 60] [--rounds 10]

Both run on one thread over the same noise, turn by turn, and the best round of each counts. The
reference is ``tests/reference_features.py``, the one that the tests compare with.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from earmark import features

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
import reference_features as reference


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
    computed, expected = features.patches(waveform), reference.patches(waveform)
    count = len(computed)

    plain, ours = [], []
    for _ in range(options.rounds):
        plain.append(seconds_of(lambda: reference.patches(waveform)))
        ours.append(seconds_of(lambda: features.patches(waveform)))

    print(f"{count} patches ({options.seconds:g} s); largest difference ", end="")
    print(f"{np.abs(computed - expected).max():.1e}\n")
    print(f"{'':<28}{'patches/s':>12}{'ms a patch':>12}{'ratio':>8}")
    for name, seconds in (("plain float64 reference", min(plain)), ("earmark.features", min(ours))):
        rate, ratio = count / seconds, min(plain) / seconds
        print(f"{name:<28}{rate:>12.0f}{1000 / rate:>12.3f}{ratio:>8.1f}")


if __name__ == "__main__":
    main()
