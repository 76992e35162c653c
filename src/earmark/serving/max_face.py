"""The face of IBM's MAX-Audio-Classifier 1.2: its routes, answers, messages and status codes.

What called that service calls this one unchanged. Where it was wrong in a way that no correct
client relies on, it is mended: recordings of every format are taken whatever type the client states
(``curl -F`` states none for WAV), labels that hold commas can be filtered, each error says what was
wrong, and the metadata no longer call it an image classifier.
"""

from __future__ import annotations

import re
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.datastructures import FormData, UploadFile

from earmark.audio import Source, stream
from earmark.audio.sources import printable
from earmark.errors import AudioError
from earmark.features import PATCH_SECONDS
from earmark.serving.errors import MaxError, ServiceError
from earmark.serving.state import Offered, Working, hung_up
from earmark.serving.uploads import form_of, source
from earmark.serving.watching import Watch
from earmark.tagging import Options, Tag, Tagger

__all__ = ["METADATA", "router"]

METADATA = {
    "id": "audio_embeddings-tf-imagenet",
    "name": "audio_embeddings TensorFlow Model",
    "description": "audio_embeddings TensorFlow model trained on Audio Set",
    "type": "audio_classification",
    "source": None,
    "license": "Apache 2.0",
}
"""What that service said of itself, by which its clients may know it."""
OUTSIDE = "Invalid start time: value outside audio clip"
INVALID = "Input payload validation failed"
_HELP = {
    "audio": "signed 16-bit PCM WAV audio file",
    "start_time": "The number of seconds into the audio file the prediction should start at.",
}
MOST_PARTS = 20
_WAV = re.compile(r"audio/.*wav")

router = APIRouter(prefix="/model", tags=["MAX"])


class Metadata(BaseModel):
    """What the service says of its model."""

    id: str
    name: str
    description: str
    type: str
    source: str | None
    license: str


class MaxLabel(BaseModel):
    """A class that can be predicted."""

    id: str
    name: str


class MaxLabels(BaseModel):
    """All classes that can be predicted."""

    status: Literal["ok"] = "ok"
    count: int
    labels: list[MaxLabel]


class Prediction(BaseModel):
    """A label that fits a recording, and how well."""

    label_id: str
    label: str
    probability: float


class Predictions(BaseModel):
    """The five labels that fit best, or those of them that pass the filter."""

    status: Literal["ok"] = "ok"
    predictions: list[Prediction]


_ERRORS: dict[int | str, dict[str, object]] = {
    status: {"model": MaxError} for status in (400, 401, 408, 413, 500, 503, 504)
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["audio"],
                    "properties": {
                        "audio": {"type": "string", "format": "binary"},
                        "start_time": {"type": "number", "default": 0},
                        "filter": {"type": "string"},
                    },
                }
            }
        },
    },
    "parameters": [
        {"name": name, "in": "query", "required": False, "schema": {"type": kind}}
        for name, kind in (("start_time", "number"), ("filter", "string"))
    ],
}


@router.get("/metadata", summary="What the model is", responses={500: {"model": MaxError}})
async def metadata() -> Metadata:
    """Say what MAX's service said, whose clients look for it."""
    return Metadata.model_validate(METADATA)


@router.get("/labels", summary="What can be predicted", responses={500: {"model": MaxError}})
async def labels(models: Offered) -> MaxLabels:
    """List the classes in the order of the model's scores."""
    found = [MaxLabel(id=label.id, name=label.name) for label in models.choose(None).labels]
    return MaxLabels(count=len(found), labels=found)


@router.post(
    "/predict",
    summary="What is to be heard in ten seconds",
    response_model=Predictions,
    responses=_ERRORS,
    openapi_extra=_BODY,
)
async def predict(request: Request, engine: Working, models: Offered) -> Predictions | JSONResponse:
    """Tag the first ten patches of a recording from `start_time` on."""
    tagger = models.choose(None)
    async with form_of(request, most=MOST_PARTS) as form:
        upload = form.get("audio")
        if not isinstance(upload, UploadFile):
            return _invalid("audio", "Missing required parameter in an uploaded file")
        try:
            start = float(_argument(request, form, "start_time") or 0)
        except ValueError as error:
            return _invalid("start_time", str(error)[:200])
        if not -PATCH_SECONDS < start <= engine.most_seconds:
            return _error(OUTSIDE)
        (tags,) = await engine.run(
            [source(upload)], _Work(tagger, start=max(0.0, start)), gone=hung_up(request)
        )
        if isinstance(tags, ServiceError):
            return _error(_reason(tags, upload), status=_status(tags))
        wanted = [*request.query_params.getlist("filter"), *map(str, form.getlist("filter"))]
        return _predictions(tags, ",".join(wanted))


class _Work:
    """Tag a recording as that service did: from the patch in which the start lies, ten of them."""

    def __init__(self, tagger: Tagger, *, start: float) -> None:
        self._tagger = tagger
        self._options = Options(start=start, pooling="first")

    def __call__(self, source: Source, watch: Watch) -> tuple[Tag, ...]:
        try:
            # However long it is, there are but ten patches to read.
            tagging = self._tagger.annotate(
                source, self._options, listener=lambda seconds, _: watch(seconds, None)
            )
        except AudioError as error:
            if self._options.start > 0 and _has_sound(source):
                raise ServiceError(400, "outside", OUTSIDE) from error
            raise
        return tagging.tags


def _has_sound(source: Source) -> bool:
    try:
        with stream(source, duration=1.0) as blocks:
            return any(len(block) for block in blocks)
    except AudioError:
        return False


def _argument(request: Request, form: FormData, name: str) -> str:
    """Find an argument in the query or, failing that, in the form."""
    value = request.query_params.get(name, form.get(name, ""))
    return value if isinstance(value, str) else ""


def _predictions(tags: tuple[Tag, ...], wanted: str) -> Predictions:
    """Filter the best five, and not what the best five are chosen from."""
    if wanted.strip(", "):
        tags = tuple(tag for tag in tags if _is_named(tag, wanted))
    return Predictions(
        predictions=[
            Prediction(label_id=tag.id, label=tag.label, probability=tag.score) for tag in tags
        ]
    )


def _is_named(tag: Tag, wanted: str) -> bool:
    """Whether a list names a label between commas, of which the label may hold some."""
    names = "|".join(map(re.escape, (tag.label, tag.id)))
    return re.search(rf"(?:^|,) *(?:{names}) *(?:,|$)", wanted) is not None


def _reason(error: ServiceError, upload: UploadFile) -> str:
    kind = (upload.content_type or "").partition(";")[0].strip().lower()
    if error.code == "not_sound" and not _WAV.match(kind):
        return f"Invalid file type/extension: {printable(kind)[:100]}"
    return error.detail


def _status(error: ServiceError) -> int:
    """A recording that cannot be taken is a bad request, as that service knew no other."""
    return 400 if error.status_code in (415, 422) else error.status_code


def _invalid(name: str, message: str) -> JSONResponse:
    return _error(INVALID, errors={name: f"{_HELP[name]} {message}"})


def _error(message: str, *, status: int = 400, **more: object) -> JSONResponse:
    body = MaxError.model_validate({"message": message, **more})
    return JSONResponse(body.model_dump(), status)
