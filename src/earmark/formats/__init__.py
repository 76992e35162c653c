"""Embedding sets: clips with ids, times and labels, in memory and on disk."""

from earmark.formats.embedding_set import (
    CLIP_FRAMES,
    Damage,
    EmbeddingSet,
    Labels,
    OnDamage,
)
from earmark.formats.registry import FORMATS, FormatName, Values, read, stream, write

__all__ = [
    "CLIP_FRAMES",
    "FORMATS",
    "Damage",
    "EmbeddingSet",
    "FormatName",
    "Labels",
    "OnDamage",
    "Values",
    "read",
    "stream",
    "write",
]
