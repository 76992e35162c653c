"""Our own API, version 1."""

from fastapi import APIRouter

from earmark.serving.v1 import labels, models

__all__ = ["router"]

router = APIRouter(prefix="/v1")
for part in (models, labels):
    router.include_router(part.router)
