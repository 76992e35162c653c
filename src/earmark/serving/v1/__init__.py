"""Our own API, version 1."""

from fastapi import APIRouter

from earmark.serving.v1 import embed, labels, models, ontology, stream, tag

__all__ = ["router"]

router = APIRouter()
for part in (tag, embed, models, labels, ontology, stream):
    router.include_router(part.router)
