"""Embedding sets: clips with ids, times and labels, in memory and on disk."""

from earmark.formats.embedding_set import (
    CLIP_FRAMES,
    Damage,
    EmbeddingSet,
    Labels,
    OnDamage,
)

__all__ = ["CLIP_FRAMES", "Damage", "EmbeddingSet", "Labels", "OnDamage"]
