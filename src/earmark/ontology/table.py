"""The table on disk -> values."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Label", "Node", "labels", "nodes"]

_TABLE = Path(__file__).resolve().parent.parent / "data" / "audioset.csv"


@dataclass(frozen=True, slots=True)
class Label:
    """A class that a tagger scores.

    Parameters
    ----------
    index : int
        Its position among the tagger's scores; for AudioSet 0 to 526.
    id : str
        What names it across data sets, like ``/m/0ngt1``.
    name : str
        What a person reads, like ``Thunder``; it may hold commas.
    """

    index: int
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the ontology: one of the 527 classes, or a category that groups them.

    Parameters
    ----------
    id, name : str
        As in `Label`.
    parents : tuple of str
        The ids above it: none for the seven roots, several for 38 nodes such as ``Growling``.
    index : int or None
        Its position in AudioSet, where it is one of the classes.
    abstract : bool
        Google marks it as a category only: no sound is just that.
    blacklisted : bool
        Google marks it as too obscure or too unclear to label.
    """

    id: str
    name: str
    parents: tuple[str, ...]
    index: int | None
    abstract: bool
    blacklisted: bool

    @property
    def label(self) -> Label | None:
        """The class that this node is, if it is one."""
        return None if self.index is None else Label(self.index, self.id, self.name)


@cache
def nodes() -> tuple[Node, ...]:
    """Return all 632 nodes: first the classes in AudioSet's order, then the others."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Node(
                id=row["id"],
                name=row["name"],
                parents=tuple(row["parents"].split()),
                index=int(row["index"]) if row["index"] else None,
                abstract="abstract" in row["marks"].split(),
                blacklisted="blacklist" in row["marks"].split(),
            )
            for row in csv.DictReader(file)
        )


@cache
def labels() -> tuple[Label, ...]:
    """Return the 527 classes in AudioSet's order, so that ``labels()[i].index == i``.

    Examples
    --------
    >>> labels()[0]
    Label(index=0, id='/m/09x0r', name='Speech')
    """
    return tuple(label for node in nodes() if (label := node.label))
