"""The 527 AudioSet classes and the tree above them, from our own table of facts.

The names, identifiers and structure are those of Google's AudioSet ontology
(Gemmeke et al., "Audio Set: An ontology and human-labeled dataset for audio events", ICASSP 2017).
"""

from earmark.ontology.table import Label, Node, labels, nodes
from earmark.ontology.tree import (
    Branch,
    ancestors,
    children,
    descendants,
    find,
    get,
    parents,
    tree,
)

__all__ = [
    "Branch",
    "Label",
    "Node",
    "ancestors",
    "children",
    "descendants",
    "find",
    "get",
    "labels",
    "nodes",
    "parents",
    "tree",
]
