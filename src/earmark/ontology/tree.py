"""Find a node, and walk up and down from it.

It is a directed graph without cycles rather than a tree: a ``Bicycle bell`` is a bell and a part
of a bicycle and an alarm. Walks name every node once; `tree` shows it under each of its parents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from earmark.errors import UsageError
from earmark.ontology.table import Node, nodes

__all__ = ["Branch", "ancestors", "children", "descendants", "find", "get", "parents", "tree"]


@dataclass(frozen=True, slots=True)
class Branch:
    """A node with all that stands below it."""

    node: Node
    branches: tuple[Branch, ...]


def get(name_or_id: str) -> Node | None:
    """Return the node of this name, in upper or lower case, or of this id, or None."""
    wanted = name_or_id.strip()
    return _by_id().get(wanted) or _by_name().get(wanted.casefold())


def find(name_or_id: str) -> Node:
    """Return the node of this name, in upper or lower case, or of this id.

    Raises
    ------
    UsageError
        There is none; the message suggests the nearest names.

    Examples
    --------
    >>> find("thunder").id
    '/m/0ngt1'
    >>> find("/m/032s66").name
    'Gunshot, gunfire'
    """
    node = get(name_or_id)
    if node is None:
        raise UsageError(f"no sound is called {name_or_id!r}: {_suggestion(name_or_id)}")
    return node


def children(name_or_id: str) -> tuple[Node, ...]:
    """Return the nodes directly below one, by name."""
    return _children_of(find(name_or_id))


def parents(name_or_id: str) -> tuple[Node, ...]:
    """Return the nodes directly above one, by name."""
    return _parents_of(find(name_or_id))


def descendants(name_or_id: str) -> tuple[Node, ...]:
    """Return all nodes below one, each once, nearest first; itself is not among them."""
    return _reach(find(name_or_id), _children_of)


def ancestors(name_or_id: str) -> tuple[Node, ...]:
    """Return all nodes above one, each once, nearest first; itself is not among them."""
    return _reach(find(name_or_id), _parents_of)


@cache
def tree() -> tuple[Branch, ...]:
    """Return the seven roots with all that stands below them; siblings by name."""
    return tuple(_branch(node) for node in _sorted(node for node in nodes() if not node.parents))


def _branch(node: Node) -> Branch:
    return Branch(node, tuple(_branch(child) for child in _children_of(node)))


def _reach(start: Node, step: Callable[[Node], tuple[Node, ...]]) -> tuple[Node, ...]:
    found: dict[Node, None] = {}
    level = step(start)
    while level:
        found |= dict.fromkeys(level)
        level = tuple(further for node in level for further in step(node) if further not in found)
    return tuple(found)


def _children_of(node: Node) -> tuple[Node, ...]:
    return _by_parent().get(node.id, ())


def _parents_of(node: Node) -> tuple[Node, ...]:
    return _sorted(_by_id()[above] for above in node.parents)


def _sorted(unsorted: Iterable[Node]) -> tuple[Node, ...]:
    return tuple(sorted(unsorted, key=lambda node: node.name.casefold()))


def _suggestion(wanted: str) -> str:
    """Say what may have been meant: names that hold the text or, failing that, are spelt alike."""
    text = wanted.strip().casefold()
    holding = sorted((name for name in _by_name() if text in name), key=len)
    near = holding if holding and len(text) > 2 else get_close_matches(text, _by_name(), cutoff=0.6)
    if not near:
        return "`earmark labels` lists all names"
    return f"did you mean {' or '.join(repr(_by_name()[name].name) for name in near[:3])}?"


@cache
def _by_id() -> dict[str, Node]:
    return {node.id: node for node in nodes()}


@cache
def _by_name() -> dict[str, Node]:
    return {node.name.casefold(): node for node in nodes()}


@cache
def _by_parent() -> dict[str, tuple[Node, ...]]:
    below: dict[str, list[Node]] = {}
    for node in nodes():
        for above in node.parents:
            below.setdefault(above, []).append(node)
    return {above: _sorted(group) for above, group in below.items()}
