"""What an imported classifier's scores are scores of."""

from __future__ import annotations

import csv
from pathlib import Path

from earmark import ontology
from earmark.errors import ModelError, UsageError
from earmark.ontology import Label

__all__ = ["read_labels"]

_COLUMNS = (("index", "id", "name"), ("index", "mid", "display_name"))
"""A tagger's, and those of AudioSet's ``class_labels_indices.csv``."""


def read_labels(path: Path | None, *, n_classes: int, where: str) -> tuple[Label, ...]:
    """Read a table of labels.

    Parameters
    ----------
    path : Path or None
        A CSV with the columns index, id and name, or index, mid and display_name; AudioSet's 527
        classes if None.
    n_classes : int
        How many there must be.
    where : str
        The classifier that has so many, for the error.

    Raises
    ------
    ModelError
        If the table cannot be read, or is none of labels.
    UsageError
        If it has another number of them.
    """
    found = ontology.labels() if path is None else _read(path)
    if len(found) == n_classes:
        return tuple(found)
    if path is None:
        raise UsageError(
            f"{where} knows {n_classes} classes and not AudioSet's {len(found)}: "
            "name them with --labels, a CSV with the columns index, id and name"
        )
    raise UsageError(f"{path} names {len(found)} classes, and {where} knows {n_classes}")


def _read(path: Path) -> list[Label]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            columns = next(
                (names for names in _COLUMNS if set(names) <= set(reader.fieldnames or ())), None
            )
            if columns is None:
                raise ModelError(f"{path} must have the columns index, id and name")
            rows = [(tuple(row[name] for name in columns), reader.line_num) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    labels: list[Label] = []
    for (index, id_, name), line in rows:
        if index != str(len(labels)) or not id_ or not name:
            raise ModelError(
                f"{path}, line {line}: an index from 0 up without gaps, an id and a name must "
                "stand there"
            )
        labels.append(Label(index=len(labels), id=id_, name=name))
    return labels
