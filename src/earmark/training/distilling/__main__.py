"""``python -m earmark.training.distilling RECIPE FOLDER``: make the tagger of a recipe.

The same command goes on where it was interrupted.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from earmark.errors import EarmarkError
from earmark.training.distilling.make import make_tagger
from earmark.training.distilling.recipe import read_recipe


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the tagger and print what was measured, as JSON.

    Returns
    -------
    int
        0, or 1 if it cannot be made, for the reason on stderr.
    """
    parser = argparse.ArgumentParser(
        prog="python -m earmark.training.distilling", description=__doc__
    )
    parser.add_argument("recipe", type=Path, help="YAML file, such as recipes/compact.yaml")
    parser.add_argument("folder", type=Path, help="where the tagger's folder is written")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        report = make_tagger(read_recipe(given.recipe), given.folder)
    except EarmarkError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(asdict(report), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
