"""What the routes that take recordings share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Depends, File, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from earmark.audio import Source
from earmark.errors import UsageError
from earmark.serving.engine import Engine, Watch
from earmark.serving.errors import ServiceError
from earmark.serving.state import Settings, hung_up
from earmark.serving.uploads import sources
from earmark.serving.v1.schemas import Failure
from earmark.tagging.options import Short

__all__ = ["ERRORS", "Reading", "Recordings", "check_start", "multipart", "results"]

Result = TypeVar("Result", bound=BaseModel)
ERRORS = (400, 408, 413, 415, 422, 503, 504)
"""What a route that takes recordings may answer."""


class Reading(BaseModel):
    """How recordings are to be read."""

    model_config = ConfigDict(extra="forbid")

    model: str | None = Field(default=None, description="Which; the default one if none.")
    start: float = Field(
        default=0.0, ge=0, allow_inf_nan=False, description="Where to begin, in seconds."
    )
    short: Short = Field(
        default="loop", description="A recording of less than 0.975 s is repeated, filled, refused."
    )


def multipart(request: Request) -> None:
    """Refuse a body of another kind, before it is found to lack what it cannot have."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise ServiceError(
            415, "not_multipart", "send recordings as multipart/form-data, in parts called file"
        )


def check_start(start: float, engine: Engine) -> None:
    """Refuse to look for what no recording that is taken can have, before it costs anything.

    Raises
    ------
    UsageError
        If the start lies beyond the longest recording.
    """
    if start > engine.most_seconds:
        raise UsageError(f"start: no recording here is longer than {engine.most_seconds:g} s")


def _sources(
    settings: Settings,
    file: Annotated[list[UploadFile], File(description="The recordings, of any format.")],
) -> list[Source]:
    return sources(file, most=settings.upload_files)


Recordings = Annotated[list[Source], Depends(_sources)]
"""The recordings of a request."""


async def results(
    request: Request,
    engine: Engine,
    recordings: Sequence[Source],
    work: Callable[[Source, Watch], Result],
) -> list[Result | Failure]:
    """Do the work, unless the client hangs up.

    One recording's error is the request's; several have their own.

    Raises
    ------
    ServiceError
        As `Engine.run`, or that of the only recording.
    """
    answers = await engine.run(recordings, work, gone=hung_up(request))
    found: list[Result | Failure] = []
    for source, result in zip(recordings, answers, strict=True):
        if not isinstance(result, ServiceError):
            found.append(result)
        elif len(recordings) == 1:
            raise result
        else:
            found.append(Failure.of(result, source=source.name))
    return found
