"""What our API answers, as values; OpenAPI is made of them."""

from __future__ import annotations

from pydantic import BaseModel, Field

from earmark.ontology import Label
from earmark.tagging import Tagger

__all__ = ["LabelAnswer", "LabelsAnswer", "ModelAnswer", "ModelsAnswer"]


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
