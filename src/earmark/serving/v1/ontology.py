"""``/v1/ontology``: AudioSet's classes, and the categories above them."""

from __future__ import annotations

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from earmark import ontology
from earmark.errors import UsageError
from earmark.ontology import Node
from earmark.serving.errors import ServiceError, error_responses

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["models"])


class NodeAnswer(BaseModel):
    """A class, or a category that groups some."""

    id: str = Field(description="Like /m/0ngt1.")
    name: str = Field(description="Like Thunder.")
    index: int | None = Field(description="Its position among AudioSet's 527; null if not there.")
    abstract: bool = Field(description="Whether no sound is just that.")
    parents: list[str] = Field(description="The ids directly above; none for the seven roots.")
    children: list[str] = Field(description="The ids directly below.")

    @classmethod
    def of(cls, node: Node) -> NodeAnswer:
        """Describe a node."""
        return cls(
            id=node.id,
            name=node.name,
            index=node.index,
            abstract=node.abstract,
            parents=list(node.parents),
            children=[child.id for child in ontology.children(node.id)],
        )


class NodesAnswer(BaseModel):
    """The whole ontology."""

    nodes: list[NodeAnswer] = Field(description="First the classes in AudioSet's order.")


class PlaceAnswer(NodeAnswer):
    """A node and all that is above and below it."""

    ancestors: list[str] = Field(description="The ids of all above it, nearest first.")
    descendants: list[str] = Field(description="The ids of all below it, nearest first.")


@router.get("/ontology", summary="How classes are grouped", responses=error_responses())
async def list_nodes() -> NodesAnswer:
    """List AudioSet's ontology: 527 classes, and the categories above them."""
    return NodesAnswer(nodes=[NodeAnswer.of(node) for node in ontology.nodes()])


@router.get(
    "/ontology/{name:path}", summary="One class or category", responses=error_responses(404, 422)
)
async def describe_node(
    name: str = Path(description="Its name in upper or lower case, or its id."),
) -> PlaceAnswer:
    """Describe a node by its name or id, with or without the slash that an id begins with."""
    node = ontology.get(name) or ontology.get(f"/{name}")
    if node is None:
        try:
            node = ontology.find(name)
        except UsageError as error:
            raise ServiceError(404, "unknown_label", str(error)) from error
    return PlaceAnswer(
        **NodeAnswer.of(node).model_dump(),
        ancestors=[above.id for above in ontology.ancestors(node.id)],
        descendants=[below.id for below in ontology.descendants(node.id)],
    )
