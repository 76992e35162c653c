"""Which classifier is trained: its kind, and the sizes that its kind has."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, model_validator

from earmark.classifiers.base import ClipClassifier
from earmark.classifiers.family import build, kind_of, settings_of
from earmark.classifiers.settings import ClassifierSettings
from earmark.errors import UsageError
from earmark.training.group import Group, sentence

__all__ = ["ClassifierChoice", "sizes_of"]

_FROM_THE_DATA = ("n_inputs", "n_classes", "exclusive")


class ClassifierChoice(Group):
    """Which classifier is trained: its kind, and beside it the sizes that its kind has."""

    model_config = ConfigDict(extra="allow")

    kind: str = "feature_level_attention"
    """Its name; see docs/training.md for all of them."""

    @model_validator(mode="before")
    @classmethod
    def _of_its_kind(cls, data: Any) -> Any:
        """Hold the sizes against those that the kind has; kinds by other names get their own."""
        if not isinstance(data, dict):
            return data
        sizes = dict(data)
        name = sizes.pop("kind", cls.model_fields["kind"].default)
        try:
            kind = kind_of(name)
        except UsageError as error:
            raise ValueError(str(error)) from error
        for field in _FROM_THE_DATA:
            if field in sizes:
                raise ValueError(f"{field} follows from the data and cannot be set")
        try:
            _adapter(kind).validate_python(sizes)
        except ValidationError as error:
            raise ValueError(_complaint(kind, error)) from error
        return {"kind": kind, **sizes}

    @property
    def sizes(self) -> dict[str, Any]:
        """The sizes that differ from those of the kind."""
        return dict(self.model_extra or {})

    def settings(self, *, n_classes: int, exclusive: bool) -> ClassifierSettings:
        """Return all of its settings, for so many classes."""
        return _adapter(self.kind).validate_python(
            {**self.sizes, "n_classes": n_classes, "exclusive": exclusive}
        )

    def build(self, *, n_classes: int, exclusive: bool = False) -> ClipClassifier:
        """Make it, with random weights.

        Raises
        ------
        UsageError
            If its sizes do not go together with so many classes.
        """
        try:
            settings = self.settings(n_classes=n_classes, exclusive=exclusive)
        except ValidationError as error:
            raise UsageError(f"classifier: {_complaint(self.kind, error)}") from error
        return build(self.kind, settings)


def sizes_of(classifier: ClipClassifier) -> dict[str, Any]:
    """Return the sizes of a classifier, from which one like it can be made for other classes."""
    sizes = asdict(classifier.settings)
    return {name: value for name, value in sizes.items() if name not in _FROM_THE_DATA}


def _complaint(kind: str, error: ValidationError) -> str:
    """Say what is wrong with a classifier's sizes."""
    fault = error.errors()[0]
    if fault["type"] != "unexpected_keyword_argument":
        return sentence(fault)
    known = [
        name
        for name in settings_of(kind).__dataclass_fields__
        if name not in (*_FROM_THE_DATA, "__pydantic_config__")
    ]
    return f"{kind} has no setting {fault['loc'][-1]}; it has {', '.join(known)}"


@cache
def _adapter(kind: str) -> TypeAdapter[ClassifierSettings]:
    return TypeAdapter(settings_of(kind))
