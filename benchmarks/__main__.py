"""Run every benchmark and put its table into benchmarks/README.md.

    python -m benchmarks [--only tagging startup] [-- arguments for them]

It takes about ten minutes and needs a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent / "README.md"


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", nargs="+", help="these only")
    parser.add_argument("arguments", nargs="*", help="behind --, for each of them")
    return parser.parse_args()


def main() -> None:
    """Measure, and rewrite the page after each benchmark."""
    options = parsed()
    for name in re.findall(r"<!-- begin (\w+) -->", PAGE.read_text(encoding="utf-8")):
        if options.only and name not in options.only:
            continue
        command = [sys.executable, "-m", f"benchmarks.{name}", *options.arguments]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        print(done.stdout, flush=True)
        page = PAGE.read_text(encoding="utf-8")  # which others may have changed meanwhile
        before, begin, rest = page.partition(f"<!-- begin {name} -->\n")
        _, end, after = rest.partition(f"<!-- end {name} -->")
        PAGE.write_text(before + begin + done.stdout + end + after, encoding="utf-8")


if __name__ == "__main__":
    main()
