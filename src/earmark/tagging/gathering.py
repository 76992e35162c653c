"""The embeddings of one recording, gathered as they come, however long it is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from earmark.embedders import EMBEDDING_SIZE

__all__ = ["IN_MEMORY", "gather"]

IN_MEMORY = 1 << 16
"""So many embeddings, of 17 hours, are held in memory; more wait in a temporary file."""


def gather(pieces: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Lay pieces end to end.

    Parameters
    ----------
    pieces : iterable of uint8 [some, 128]

    Returns
    -------
    uint8 [n, 128]
        In memory or, if there are many, mapped from a file that goes when the array does.
    """
    held: list[NDArray[np.uint8]] = [np.empty((0, EMBEDDING_SIZE), np.uint8)]
    count = written = 0
    with tempfile.TemporaryFile() as file:
        for piece in pieces:
            held.append(piece)
            count += len(piece)
            if count - written >= IN_MEMORY:
                file.write(np.concatenate(held).tobytes())
                held, written = held[:1], count
        if not written:
            return np.concatenate(held)
        file.write(np.concatenate(held).tobytes())
        file.flush()
        return np.memmap(file, np.uint8, mode="r", shape=(count, EMBEDDING_SIZE))
