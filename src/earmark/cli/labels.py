"""``earmark labels``: browse the ontology."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from earmark import ontology
from earmark.cli.listing import show
from earmark.cli.options import Listing
from earmark.cli.streams import Sink
from earmark.errors import UsageError
from earmark.ontology import Branch, Node

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command()
def labels(
    query: Annotated[
        str,
        typer.Argument(metavar="QUERY", help="Part of a name, or an id.", show_default=False),
    ] = "",
    tree: Annotated[
        bool, typer.Option("--tree", help="As a tree, with the categories above the labels.")
    ] = False,
    format: Listing = None,
) -> None:
    """Browse the 527 labels and the tree above them.

    [dim]earmark labels owl[/dim]

    [dim]earmark labels Animal --tree[/dim]
    """
    found = [node for node in ontology.nodes() if _matches(node, query)]
    if not found:
        ontology.find(query)  # raises, and suggests the nearest
    if tree:
        if format not in (None, "table"):
            raise UsageError(f"--tree is for people and has no {format}: leave --format out")
        with Sink() as sink:
            sink.write("".join(f"{line}\n" for line in _draw(query, found)))
        return
    rows = [(node.index, node.id, node.name) for node in found if node.index is not None]
    show(("index", "id", "name"), rows, format=format)


def _matches(node: Node, query: str) -> bool:
    return node.id == query or query.casefold() in node.name.casefold()


def _draw(query: str, found: list[Node]) -> Iterator[str]:
    """Draw the whole tree, or what stands below each node that was found."""
    if not query:
        for root in ontology.tree():
            yield from _branch(root, "", "")
        return
    exact = ontology.get(query)
    for node in [exact] if exact else found:
        yield from _branch(_subtree(node), "", "")


def _branch(branch: Branch, first: str, rest: str) -> Iterator[str]:
    node = branch.node
    # Categories have no score of their own.
    yield f"{first}{node.name}" + ("" if node.index is not None else "  (category)")
    for below in branch.branches:
        last = below is branch.branches[-1]
        yield from _branch(
            below, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  ")
        )


def _subtree(node: Node) -> Branch:
    return Branch(node, tuple(_subtree(child) for child in ontology.children(node.id)))
