"""Make ``src/earmark/data/audioset.csv`` from the two files that Google publishes.

    python recipes/make_ontology.py ontology.json class_labels_indices.csv

The first is in the repository ``audioset/ontology`` on GitHub, the second on AudioSet's download
page. Only facts are kept: identifiers, names, which class stands under which, the position of
the 527 classes in the data set, and the two marks that Google gives a node. The descriptions,
examples and citations, which are somebody's text, are not.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "src" / "earmark" / "data" / "audioset.csv"
COLUMNS = ("id", "name", "parents", "index", "marks")


def rows(ontology: Path, indices: Path) -> list[tuple[str, str, str, str, str]]:
    """Join the two files: the classes in the order of the data set, then all other nodes by id."""
    nodes = json.loads(ontology.read_text(encoding="utf-8"))
    with indices.open(encoding="utf-8", newline="") as file:
        index = {row["mid"]: int(row["index"]) for row in csv.DictReader(file)}
    parents: dict[str, list[str]] = {}
    for node in nodes:
        for child in node["child_ids"]:
            parents.setdefault(child, []).append(node["id"])
    nodes.sort(key=lambda node: (index.get(node["id"], len(index)), node["id"]))
    return [
        (
            node["id"],
            node["name"],
            " ".join(sorted(parents.get(node["id"], []))),
            str(index.get(node["id"], "")),
            " ".join(sorted(node["restrictions"])),
        )
        for node in nodes
    ]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("ontology", type=Path, help="ontology.json")
    parser.add_argument("indices", type=Path, help="class_labels_indices.csv")
    parser.add_argument("--output", type=Path, default=TABLE)
    options = parser.parse_args()
    table = rows(options.ontology, options.indices)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with options.output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(table)
    print(f"{len(table)} nodes -> {options.output}")


if __name__ == "__main__":
    main()
