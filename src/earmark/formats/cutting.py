"""A recording's embeddings -> clips of ten."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from earmark.embedders.identity import Identity
from earmark.features import PATCH_SECONDS
from earmark.formats.chunking import default_table
from earmark.formats.embedding_set import CLIP_FRAMES, FRAME_SIZE, EmbeddingSet, Labels

__all__ = ["cut"]


def cut(
    frames: NDArray[np.uint8],
    *,
    starts: NDArray[np.float64],
    duration: float,
    source: str,
    identity: Identity,
) -> EmbeddingSet:
    """Cut a recording into clips of ten embeddings; the last one has what is left.

    Parameters
    ----------
    frames : uint8 [n, 128]
    starts : float64 [n]
        Where each begins, in seconds.
    duration : float
        The recording's length in seconds, behind which no clip ends; NaN if it is not known.
    source : str
        Its name, which becomes the id of each clip.
    identity : Identity
        The embedder's.
    """
    count = -(-len(frames) // CLIP_FRAMES)
    padded = np.zeros((count * CLIP_FRAMES, FRAME_SIZE), np.uint8)
    padded[: len(frames)] = frames
    lengths = np.full(count, CLIP_FRAMES, np.uint8)
    lengths[-1:] -= np.uint8(count * CLIP_FRAMES - len(frames))
    first = np.arange(count) * CLIP_FRAMES
    ends = starts[first + lengths - 1] + PATCH_SECONDS
    return EmbeddingSet(
        frames=padded.reshape(count, CLIP_FRAMES, FRAME_SIZE),
        lengths=lengths,
        ids=(source,) * count,
        starts=starts[first],
        ends=np.fmin(ends, duration),  # NaN is no limit
        labels=Labels.none(count),
        table=default_table(-1),
        identity=identity,
    )
