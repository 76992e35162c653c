"""``/v1/models``."""

from __future__ import annotations

from fastapi import APIRouter

from earmark.serving.errors import error_responses
from earmark.serving.state import Offered
from earmark.serving.v1.schemas import ModelAnswer, ModelsAnswer

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/models", summary="Which models there are", responses=error_responses())
async def list_models(models: Offered) -> ModelsAnswer:
    """Describe every model, the one that is used by default first."""
    return ModelsAnswer(
        models=[ModelAnswer.of(tagger, default=at == 0) for at, tagger in enumerate(models.all())]
    )


@router.get("/models/{name}", summary="One model", responses=error_responses(404, 422))
async def describe_model(models: Offered, name: str) -> ModelAnswer:
    """Describe a model."""
    tagger = models.choose(name, status=404)
    return ModelAnswer.of(tagger, default=name == models.names[0])
