"""Embeddings in eight bits: as AudioSet's are released, and as we keep our own.

A number is clipped to [-2, 2] and cut into 256 steps. Two ways to read the bytes back are in use
and differ, so an embedder's identity says which one its classifiers were trained with:

* ``youtube8m``: ``u * 4/255 + 4/512 - 2``, the YouTube-8M starter code;
* ``kong``: ``(u - 128) / 128``, Kong's audioset_classification and what came of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from earmark.embedders.identity import Dequantiser

__all__ = ["HIGH", "LOW", "dequantise", "quantise"]

LOW = -2.0
HIGH = 2.0

_BYTES = np.arange(256, dtype=np.float64)
_TABLES: dict[Dequantiser, NDArray[np.float32]] = {
    "youtube8m": (_BYTES * (4 / 255) + 4 / 512 - 2).astype(np.float32),
    "kong": ((_BYTES - 128) / 128).astype(np.float32),
}


def quantise(embeddings: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Cut embeddings to eight bits.

    Parameters
    ----------
    embeddings : float32 [..., 128]
        As the network gives them, after PCA where there is one. They must be finite.

    Returns
    -------
    uint8 [..., 128]
        ``(clip(x, -2, 2) + 2) * 255 / 4``, truncated as in the original and not rounded.
    """
    clipped = np.clip(embeddings, LOW, HIGH)
    return ((clipped - LOW) * (255.0 / (HIGH - LOW))).astype(np.uint8)


def dequantise(frames: NDArray[np.uint8], *, how: Dequantiser) -> NDArray[np.float32]:
    """Read quantised embeddings back.

    Parameters
    ----------
    frames : uint8 [..., 128]
        What `quantise` made, or what Google released.
    how : {"youtube8m", "kong"}
        Which of the two conventions: the one in the embedder's identity.

    Returns
    -------
    float32 [..., 128]
    """
    return _TABLES[how][frames]
