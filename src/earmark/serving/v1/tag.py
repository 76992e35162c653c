"""``/v1/tag``: recordings -> tags and events."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from earmark.audio import Source
from earmark.bundle import Pooling
from earmark.errors import ModelError, UsageError
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
from earmark.serving.v1.schemas import TagResult, TagsAnswer
from earmark.serving.watching import Watch
from earmark.tagging import Options, Tagger
from earmark.tagging.choice import choose

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["recordings"])
Score = Annotated[float, Field(ge=0, le=1)] | Literal["auto"]


class Question(Reading):
    """What to say of recordings."""

    top_k: int = Field(default=5, ge=1, le=100_000, description="How many tags at most.")
    threshold: Score = Field(
        default=0.0, description="The lowest score of a tag; auto is each class's own."
    )
    labels: list[str] | None = Field(
        default=None, max_length=1000, description="Only these, by name or id; again for more."
    )
    with_children: bool = Field(
        default=False, description="And all that is below those labels in the ontology."
    )
    pooling: Pooling | None = Field(
        default=None, description="How clips become one score; the model's own rule if none."
    )
    events: bool = Field(default=False, description="Whether to say when, too.")
    event_threshold: Score = Field(
        default=0.5, description="The lowest score of an event's patches; auto as above."
    )

    def options(self, tagger: Tagger) -> Options:
        """Say it in the tagger's words.

        Raises
        ------
        UsageError
            If there are no such labels, or the tagger has no thresholds of its own.
        """
        options = Options(**self.model_dump(include=_OPTIONS))
        if options.labels is not None:
            choose(tagger.labels, options.labels, with_children=options.with_children)
        if "auto" in (self.threshold, self.event_threshold):
            try:
                tagger.bundle.require_calibration()
            except ModelError as error:  # which is no fault of the service's here
                raise UsageError(str(error)) from error
        return options


_OPTIONS = set(Question.model_fields) - {"model"}


@router.post(
    "/tag",
    summary="What is to be heard, and when",
    responses=error_responses(*ERRORS),
    openapi_extra=BODY,
)
async def tag(
    request: Request,
    engine: Working,
    models: Offered,
    recordings: Recordings,
    question: Annotated[Question, Query()],
) -> TagsAnswer:
    """Tag recordings.

    They are sent as files in parts called `file` or, where the service fetches them, as addresses.
    What cannot be read is the request's error where one recording was sent, and stands among the
    results where there were several.
    """
    check_start(question.start, engine)
    tagger = models.choose(question.model)
    options = question.options(tagger)

    def work(source: Source, watch: Watch) -> TagResult:
        return TagResult.of(tagger.annotate(source, options, listener=watch))

    return TagsAnswer(
        model=tagger.bundle.title, results=[*await results(request, engine, recordings, work)]
    )
