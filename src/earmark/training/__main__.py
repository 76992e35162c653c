"""``python -m earmark.training RECIPE FOLDER``: make the tagger of a recipe, or go on making it."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from earmark.training.make import make_tagger
from earmark.training.recipe import read_recipe


def main() -> None:
    """Make the tagger and print what was measured."""
    parser = argparse.ArgumentParser(prog="python -m earmark.training", description=__doc__)
    parser.add_argument("recipe", type=Path, help="YAML file, such as recipes/compact.yaml")
    parser.add_argument("folder", type=Path, help="where the tagger's folder is written")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    print(make_tagger(read_recipe(arguments.recipe), arguments.folder))


if __name__ == "__main__":
    main()
