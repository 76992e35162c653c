"""Give software ears: tag any sound with the 527 AudioSet classes, and learn new ones.

    import earmark

    earmark.tag("thunder.wav")                       # what is heard, the likeliest first
    earmark.events("night.flac", threshold=0.5)      # and when
    earmark.embed("thunder.wav")                     # 128 numbers for each 0.96 s

    tagger = earmark.load()                          # keep it for many recordings
    tagger.tag("thunder.wav")

Nothing is imported before it is used, so that ``import earmark`` takes no time.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from earmark.errors import AudioError, EarmarkError
    from earmark.ontology import labels
    from earmark.tagging import Embeddings, Event, Tag, Tagger, embed, events, load, tag

# ONNX Runtime reports how it is used to its makers unless it is told not to before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0.dev0"

__all__ = [
    "AudioError",
    "EarmarkError",
    "Embeddings",
    "Event",
    "Tag",
    "Tagger",
    "__version__",
    "embed",
    "events",
    "labels",
    "load",
    "tag",
]

_HOMES = {
    "earmark.errors": ("AudioError", "EarmarkError"),
    "earmark.ontology": ("labels",),
    "earmark.tagging": ("Embeddings", "Event", "Tag", "Tagger", "embed", "events", "load", "tag"),
}

if not TYPE_CHECKING:  # a type checker would take every name for one that exists

    def __getattr__(name: str) -> object:
        for home, names in _HOMES.items():
            if name in names:
                value = getattr(import_module(home), name)
                globals()[name] = value  # so that the next look-up does not come here
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
