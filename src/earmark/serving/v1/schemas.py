"""What our API answers, as values; OpenAPI is made of them."""

from __future__ import annotations

import base64
from typing import Literal

from pydantic import BaseModel, Field

from earmark.features import PATCH_SECONDS
from earmark.ontology import Label
from earmark.serving.errors import ServiceError
from earmark.tagging import Embeddings, Event, Tag, Tagger, Tagging

__all__ = [
    "EmbedAnswer",
    "EmbedResult",
    "EventAnswer",
    "Failure",
    "LabelAnswer",
    "LabelsAnswer",
    "ModelAnswer",
    "ModelsAnswer",
    "TagAnswer",
    "TagResult",
    "TagsAnswer",
]


class LabelAnswer(BaseModel):
    """A class that a model scores."""

    index: int = Field(description="Its position among the model's scores.")
    id: str = Field(description="What names it across data sets, like /m/0ngt1.")
    name: str = Field(description="What a person reads, like Thunder.")

    @classmethod
    def of(cls, label: Label) -> LabelAnswer:
        """Make one of a label."""
        return cls(index=label.index, id=label.id, name=label.name)


class LabelsAnswer(BaseModel):
    """The classes of a model."""

    model: str = Field(description="Name and version.")
    labels: list[LabelAnswer] = Field(description="In the order of the scores.")


class ModelAnswer(BaseModel):
    """A tagger that the service offers."""

    name: str = Field(description="As requests name it.")
    version: str
    default: bool = Field(description="Whether it is used where a request names none.")
    labels: int = Field(description="How many classes it scores.")
    classifier: str = Field(description="The classifier's kind.")
    embedder: str = Field(description="Name and version of the embedder.")
    pooling: str = Field(description="How clips become a recording's scores by default.")
    calibrated: bool = Field(description="Whether scores come with probabilities.")
    licence: str = Field(description="Of the weights.")

    @classmethod
    def of(cls, tagger: Tagger, *, default: bool) -> ModelAnswer:
        """Describe a tagger."""
        config = tagger.bundle.config
        return cls(
            name=config.name,
            version=config.version,
            default=default,
            labels=len(tagger.labels),
            classifier=config.classifier or "",
            embedder=f"{config.embedder.name} {config.embedder.version}",
            pooling=config.pooling,
            calibrated=tagger.bundle.calibration is not None,
            licence=config.licence,
        )


class ModelsAnswer(BaseModel):
    """All taggers that the service offers."""

    models: list[ModelAnswer] = Field(description="The one used by default first.")


class TagAnswer(BaseModel):
    """A label that fits a recording, and how well."""

    id: str
    label: str
    score: float = Field(description="From 0 to 1; scores of labels do not add up to 1.")
    probability: float | None = Field(description="Of a calibrated model; else null.")

    @classmethod
    def of(cls, tag: Tag) -> TagAnswer:
        """Make one of a tag."""
        return cls(id=tag.id, label=tag.label, score=tag.score, probability=tag.probability)


class EventAnswer(TagAnswer):
    """A label that fits a stretch of a recording."""

    start: float = Field(description="In seconds from the beginning of the recording.")
    end: float = Field(description="In seconds from the beginning of the recording.")

    @classmethod
    def of_event(cls, event: Event) -> EventAnswer:
        """Make one of an event."""
        return cls(
            id=event.id,
            label=event.label,
            score=event.score,
            probability=event.probability,
            start=event.start,
            end=event.end,
        )


class TagResult(BaseModel):
    """What is to be heard in one recording."""

    status: Literal["ok"] = "ok"
    source: str = Field(description="The recording's name, as it was sent.")
    duration: float = Field(description="In seconds.")
    tags: list[TagAnswer] = Field(description="The best score first.")
    events: list[EventAnswer] | None = Field(description="In order of time; null if not asked.")
    notes: list[str] = Field(description="What was wrong with it though it could be read.")

    @classmethod
    def of(cls, tagging: Tagging) -> TagResult:
        """Make one of what a tagger says."""
        events = tagging.events
        return cls(
            source=tagging.source,
            duration=tagging.duration,
            tags=[TagAnswer.of(tag) for tag in tagging.tags],
            events=None if events is None else [EventAnswer.of_event(event) for event in events],
            notes=list(tagging.notes),
        )


class EmbedResult(BaseModel):
    """The embeddings of one recording."""

    status: Literal["ok"] = "ok"
    source: str = Field(description="The recording's name, as it was sent.")
    duration: float = Field(description="In seconds.")
    patches: int = Field(description="How many embeddings there are.")
    start: float = Field(description="Where the first patch begins, in seconds.")
    patch_seconds: float = Field(description="From the beginning of one patch to the next one's.")
    embeddings: str = Field(description="uint8 [patches, 128], row by row, in Base64.")
    notes: list[str] = Field(description="What was wrong with it though it could be read.")

    @classmethod
    def of(cls, found: Embeddings, *, start: float) -> EmbedResult:
        """Make one of embeddings."""
        return cls(
            source=found.source,
            duration=found.duration,
            patches=len(found),
            start=start,
            patch_seconds=PATCH_SECONDS,
            embeddings=base64.b64encode(found.frames.tobytes()).decode(),
            notes=list(found.notes),
        )


class Failure(BaseModel):
    """One recording of several that could not be read; the others are not held back."""

    status: Literal["error"] = "error"
    source: str = Field(description="The recording's name, as it was sent.")
    code: str = Field(description="As in an error's body.")
    message: str = Field(description="As in an error's body.")

    @classmethod
    def of(cls, error: ServiceError, *, source: str) -> Failure:
        """Make one of an error."""
        return cls(source=source, code=error.code, message=error.detail)


class TagsAnswer(BaseModel):
    """What is to be heard in the recordings of a request."""

    model: str = Field(description="Name and version.")
    results: list[TagResult | Failure] = Field(description="In the order of the recordings.")


class EmbedAnswer(BaseModel):
    """The embeddings of the recordings of a request."""

    model: str = Field(description="Name and version.")
    embedder: str = Field(description="Whose embeddings they are: name and version.")
    dequantiser: str = Field(description="How the model reads the eight bits.")
    results: list[EmbedResult | Failure] = Field(description="In the order of the recordings.")
