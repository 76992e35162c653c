"""Answers in DEEP-OC's shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict
from urllib.parse import quote, urlencode

from marshmallow import fields

from earmark.tagging.results import Tag

__all__ = ["SCHEMA", "Failed", "Prediction", "failed", "failure", "predicted", "success"]


class Prediction(TypedDict):
    """What is to be heard in a recording: the labels, the best first, and as much of each."""

    title: str
    labels: list[str]
    probabilities: list[float]
    labels_info: list[str]
    links: dict[str, list[str]]


class Failed(TypedDict):
    """A recording of several that could not be read."""

    title: str
    error: str


SCHEMA: dict[str, Any] = {
    "status": fields.Str(required=True, metadata={"description": "OK or error"}),
    "message": fields.Str(metadata={"description": "What is wrong, and what to do"}),
    "predictions": fields.List(
        fields.Dict(
            metadata={
                "description": "title, labels, probabilities, labels_info and links of a "
                "recording; or title and error"
            }
        )
    ),
}
"""What DEEPaaS holds answers against."""


def predicted(title: str, tags: Sequence[Tag], *, about: Mapping[str, str]) -> Prediction:
    """Answer for a recording.

    Parameters
    ----------
    title : str
        As the client knows it.
    tags : sequence of Tag
        The best first.
    about : mapping of str
        What there is to say of labels; else it is their ids.
    """
    names = [tag.label for tag in tags]
    return Prediction(
        title=title,
        labels=names,
        probabilities=[tag.score for tag in tags],
        labels_info=[about.get(tag.label, tag.id) for tag in tags],
        links={
            "Google Images": [_pictures(name) for name in names],
            "Wikipedia": [_article(name) for name in names],
        },
    )


def failed(title: str, reason: str) -> Failed:
    """Answer for a recording that could not be read, where there are others."""
    return Failed(title=title, error=reason)


def success(predictions: Sequence[Prediction | Failed]) -> dict[str, Any]:
    """Answer for all recordings."""
    return {"status": "OK", "predictions": list(predictions)}


def failure(message: str) -> dict[str, Any]:
    """Answer for a request that cannot be met."""
    return {"status": "error", "message": message}


def _pictures(label: str) -> str:
    return f"https://www.google.com/search?{urlencode({'tbm': 'isch', 'q': label})}"


def _article(label: str) -> str:
    return f"https://en.wikipedia.org/wiki/{quote(label.replace(' ', '_'))}"
