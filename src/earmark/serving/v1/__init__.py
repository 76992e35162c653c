"""Our own API, version 1."""

from fastapi import APIRouter

from earmark.serving.v1 import embed, labels, models, tag

__all__ = ["router"]

router = APIRouter()
for part in (tag, embed, models, labels):
    router.include_router(part.router)
