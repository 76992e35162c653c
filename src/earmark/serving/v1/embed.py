"""``/v1/embed``: recordings -> embeddings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from earmark.audio import Source
from earmark.serving.errors import error_responses
from earmark.serving.state import Offered, Working
from earmark.serving.v1.recordings import (
    BODY,
    ERRORS,
    Reading,
    Recordings,
    check_start,
    results,
)
from earmark.serving.v1.schemas import EmbedAnswer, EmbedResult
from earmark.serving.watching import Watch

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["recordings"])


@router.post("/embed", summary="Embeddings", responses=error_responses(*ERRORS), openapi_extra=BODY)
async def embed(
    request: Request,
    engine: Working,
    models: Offered,
    recordings: Recordings,
    reading: Annotated[Reading, Query()],
) -> EmbedAnswer:
    """Embed recordings: 128 bytes for each 0.96 s.

    They are sent as files in parts called `file` or, where the service fetches them, as addresses.
    """
    check_start(reading.start, engine)
    tagger = models.choose(reading.model)

    def work(source: Source, watch: Watch) -> EmbedResult:
        found = tagger.embed(source, start=reading.start, short=reading.short, listener=watch)
        return EmbedResult.of(found, start=reading.start)

    return EmbedAnswer(
        model=tagger.bundle.title,
        embedder=f"{tagger.identity.name} {tagger.identity.version}",
        dequantiser=tagger.identity.dequantiser,
        results=[*await results(request, engine, recordings, work)],
    )
