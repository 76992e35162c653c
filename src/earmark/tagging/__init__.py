"""Recording -> tags and events: the flow from sound to names, on ONNX Runtime."""

from earmark.tagging.batch import process
from earmark.tagging.options import Options
from earmark.tagging.results import Embeddings, Event, Tag, Tagging
from earmark.tagging.shortcuts import embed, events, load, tag
from earmark.tagging.tagger import Tagger

__all__ = [
    "Embeddings",
    "Event",
    "Options",
    "Tag",
    "Tagger",
    "Tagging",
    "embed",
    "events",
    "load",
    "process",
    "tag",
]
