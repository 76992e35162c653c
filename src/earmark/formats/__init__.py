"""Embedding sets: clips with ids, times and labels, in memory and on disk."""

from earmark.formats.embedding_set import (
    CLIP_FRAMES,
    Damage,
    EmbeddingSet,
    Labels,
    OnDamage,
)
from earmark.formats.registry import (
    FORMATS,
    FormatName,
    Values,
    format_of,
    read,
    stream,
    write,
)

__all__ = [
    "CLIP_FRAMES",
    "FORMATS",
    "Damage",
    "EmbeddingSet",
    "FormatName",
    "Labels",
    "OnDamage",
    "Values",
    "format_of",
    "read",
    "stream",
    "write",
]
