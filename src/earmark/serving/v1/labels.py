"""``/v1/labels``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from earmark.serving.errors import error_responses
from earmark.serving.state import Offered
from earmark.serving.v1.schemas import LabelAnswer, LabelsAnswer

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/labels", summary="What a model knows", responses=error_responses(422))
async def labels(
    models: Offered,
    model: Annotated[str | None, Query(description="Which; the default one if none.")] = None,
) -> LabelsAnswer:
    """List the classes of a model, in the order of its scores."""
    tagger = models.choose(model)
    return LabelsAnswer(
        model=tagger.bundle.title, labels=[LabelAnswer.of(label) for label in tagger.labels]
    )
