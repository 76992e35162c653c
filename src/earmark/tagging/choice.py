"""Names of labels, as people write them -> which of a tagger's classes are meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from earmark import ontology
from earmark.errors import UsageError
from earmark.ontology import Label

__all__ = ["choose", "split"]


def choose(
    labels: Sequence[Label], names: Iterable[str], *, with_children: bool = False
) -> tuple[int, ...]:
    """Find the classes that are meant by some names.

    Parameters
    ----------
    labels : sequence of Label
        What the tagger knows.
    names : iterable of str
        Names or ids; case does not matter.
    with_children : bool
        Whether everything below a label in AudioSet's ontology is meant as well, and so whether a
        category that is no class itself may be named.

    Returns
    -------
    tuple of int
        Positions in `labels`, ascending.

    Raises
    ------
    UsageError
        If a name is unknown, with the nearest ones, or nothing is named at all.
    """
    known = _Known(labels)
    chosen: set[int] = set()
    for name in names:
        found = known.find(name, with_children=with_children)
        if not found:
            raise UsageError(known.complaint(name))
        chosen |= found
    if not chosen:
        raise UsageError("no labels are named: leave the list out to get all of them")
    return tuple(sorted(chosen))


def split(labels: Sequence[Label], text: str) -> list[str]:
    """Split a list of names at its commas, where the commas are no part of a name.

    ``Gunshot, gunfire`` is one label, ``Rain,Thunder`` are two, and so are
    ``Gunshot, gunfire,Rain``. What is no label at all is split off alone.

    Parameters
    ----------
    labels : sequence of Label
        What the tagger knows.
    text : str
    """
    known = _Known(labels)
    parts = text.split(",")
    names: list[str] = []
    at = 0
    while at < len(parts):
        ends = range(len(parts), at + 1, -1)
        joined = (end for end in ends if known.find(",".join(parts[at:end]), with_children=True))
        end = next(joined, at + 1)
        name = ",".join(parts[at:end]).strip()
        if name:
            names.append(name)
        at = end
    return names


class _Known:
    """The labels of a tagger and, above them, the categories of the ontology."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self._labels = labels
        self._ids = {label.id: at for at, label in enumerate(labels)}
        self._names = {label.name.casefold(): at for at, label in enumerate(labels)}

    def find(self, name: str, *, with_children: bool) -> set[int]:
        name = name.strip()
        at = self._ids.get(name, self._names.get(name.casefold()))
        found = set() if at is None else {at}
        if with_children:
            node = name if at is None else self._labels[at].id
            found |= {self._ids[below] for below in _below(node) if below in self._ids}
        return found

    def complaint(self, name: str) -> str:
        if self.find(name, with_children=True):
            return (
                f"{name!r} is no label but a category above some: to mean all of those, ask for "
                "children too (--with-children)"
            )
        near = self._near(name.strip().casefold())
        hint = f": did you mean {' or '.join(map(repr, near))}?" if near else ""
        return f"there is no label {name!r}{hint}; `earmark labels` lists them"

    def _near(self, text: str) -> list[str]:
        """Labels that hold the text or, failing that, are spelt alike; three at most."""
        near = sorted((name for name in self._names if text and text in name), key=len)
        if not near:
            near = get_close_matches(text, self._names, cutoff=0.6)
        return [self._labels[self._names[name]].name for name in near[:3]]


def _below(name: str) -> set[str]:
    """Return the ids of all below a node of the ontology; none where there is no such node."""
    node = ontology.get(name)
    return set() if node is None else {below.id for below in ontology.descendants(node.id)}
