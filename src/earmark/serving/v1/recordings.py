"""What the routes that take recordings share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData, UploadFile

from earmark.audio import Skipped, Source
from earmark.audio.sources import printable
from earmark.errors import UsageError
from earmark.serving.addresses import LONGEST, Remote, address
from earmark.serving.engine import Engine
from earmark.serving.errors import ServiceError
from earmark.serving.settings import ServeSettings
from earmark.serving.state import Settings, hung_up
from earmark.serving.uploads import Packed, form_of, source, too_many
from earmark.serving.v1.schemas import Failure
from earmark.serving.watching import Watch
from earmark.tagging.options import Short

__all__ = ["BODY", "ERRORS", "Reading", "Recordings", "check_start", "results"]

Result = TypeVar("Result", bound=BaseModel)
ERRORS = (400, 403, 408, 413, 415, 422, 503, 504)
"""What a route that takes recordings may answer."""
JSON_BYTES = 2**18
_ADDRESS = {"type": "string", "format": "uri", "maxLength": LONGEST}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "description": "At least one recording.",
                    "minProperties": 1,
                    "additionalProperties": False,
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "Recordings of any format, and archives of them.",
                        },
                        "url": {
                            "type": "array",
                            "items": _ADDRESS,
                            "description": "Addresses of recordings and archives, where these are "
                            "fetched.",
                        },
                    },
                }
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["urls"],
                    "additionalProperties": False,
                    "properties": {"urls": {"type": "array", "minItems": 1, "items": _ADDRESS}},
                }
            },
        },
    }
}
"""What such a route takes, for OpenAPI."""


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


class Addresses(BaseModel):
    """Recordings that are to be fetched."""

    model_config = ConfigDict(extra="forbid")

    urls: list[str] = Field(min_length=1)


def check_start(start: float, engine: Engine) -> None:
    """Refuse to look for what no recording that is taken can have, before it costs anything.

    Raises
    ------
    UsageError
        If the start lies beyond the longest recording.
    """
    if start > engine.most_seconds:
        raise UsageError(f"start: no recording here is longer than {engine.most_seconds:g} s")


async def _recordings(request: Request, settings: Settings) -> AsyncIterator[list[Source]]:
    """Take what was sent; files stay open until the answer is made."""
    match request.headers.get("content-type", "").partition(";")[0].strip().lower():
        case "multipart/form-data":
            async with form_of(request, most=settings.upload_files) as form:
                yield _of_form(form, settings)
        case "application/json":
            yield [address(url, settings) for url in (await _of_json(request, settings)).urls]
        case _:
            raise ServiceError(
                415,
                "wrong_body",
                "send recordings as multipart/form-data, in parts called file, or addresses as "
                'application/json: {"urls": [...]}',
            )


def _of_form(form: FormData, settings: ServeSettings) -> list[Source]:
    found = []
    for name, value in form.multi_items():
        if name == "file" and isinstance(value, UploadFile):
            found.append(source(value))
        elif name == "url" and isinstance(value, str):
            found.append(address(value, settings))
        else:
            raise UsageError(
                f"{printable(name)[:100]}: parts are called file, with a file name, or url, with "
                "none; options stand in the query"
            )
    if not found:
        raise UsageError("file: send at least one recording")
    if len(found) > settings.upload_files:
        raise too_many(len(found), settings.upload_files)
    return found


async def _of_json(request: Request, settings: ServeSettings) -> Addresses:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > JSON_BYTES:
            raise ServiceError(413, "too_large", f"the JSON is larger than {JSON_BYTES} bytes")
    try:
        given = Addresses.model_validate_json(bytes(body))
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"])) or "the body"
        raise UsageError(f"{where}: {fault['msg']}") from error
    if len(given.urls) > settings.upload_files:
        raise too_many(len(given.urls), settings.upload_files)
    return given


Recordings = Annotated[list[Source], Depends(_recordings)]
"""The recordings of a request; an archive is one of them, still."""


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
    with ExitStack() as stack:
        items: Sequence[Source | _Lost] = recordings
        if any(_is_archive(recording) for recording in recordings):
            folder = stack.enter_context(TemporaryDirectory(prefix="earmark-"))
            items = await _unpacked(request, engine, recordings, Path(folder))
        found = [item for item in items if isinstance(item, Source)]
        answers = iter(await engine.run(found, work, gone=hung_up(request)) if found else ())
    made: list[Result | Failure] = []
    for item in items:
        result = next(answers) if isinstance(item, Source) else item.error
        if not isinstance(result, ServiceError):
            made.append(result)
        elif len(items) == 1:
            raise result
        else:
            made.append(Failure.of(result, source=item.name))
    return made


async def _unpacked(
    request: Request, engine: Engine, recordings: Sequence[Source], folder: Path
) -> list[Source | _Lost]:
    """Put the members of archives in their place."""
    settings = request.app.state.settings

    def list_members(source: Source, watch: Watch) -> list[Source | Skipped]:
        assert isinstance(source.origin, Packed)  # by now, also what was behind an address
        return source.origin.unpack(source.name, folder, settings=settings, check=watch.check)

    packed = [recording for recording in recordings if _is_archive(recording)]
    lists = iter(await engine.run(packed, list_members, gone=hung_up(request)))
    items: list[Source | _Lost] = []
    for recording in recordings:
        if not _is_archive(recording):
            items.append(recording)
            continue
        members = next(lists)
        if not isinstance(members, ServiceError):
            items += [_judged(member, archive=recording.name) for member in members]
        elif isinstance(recording.origin, Remote):
            items.append(_Lost(recording.name, members))
        else:
            raise members
    if len(items) > settings.archive_members + settings.upload_files:
        raise too_many(len(items), settings.archive_members + settings.upload_files)
    return items


def _is_archive(source: Source) -> bool:
    origin = source.origin
    return isinstance(origin, Packed) or (
        isinstance(origin, Remote) and origin.archive_kind is not None
    )


@dataclass(frozen=True)
class _Lost:
    """What an archive holds and cannot be read, or the archive itself."""

    name: str
    error: ServiceError


def _judged(member: Source | Skipped, *, archive: str) -> Source | _Lost:
    if isinstance(member, Source):
        return member
    code = "bad_archive" if member.name == archive else "bad_member"
    return _Lost(member.name, ServiceError(422, code, str(member)))
