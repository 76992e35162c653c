"""DEEP-OC's blocks of embeddings in the place of recordings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from earmark.audio import Skipped
from earmark.errors import DataError
from earmark.formats import Values, npy
from earmark.training.sounds.extraction import Extracted
from earmark.training.sounds.recordings import Recording
from earmark.training.sounds.watching import Silent, Watcher

__all__ = ["read_blocks"]


def read_blocks(
    recordings: Sequence[Recording], *, values: Values = "kong", watcher: Watcher | None = None
) -> dict[str, Extracted]:
    """Read blocks: float32 [1, 10, 128] each, a clip of AudioSet's embeddings.

    Parameters
    ----------
    recordings : sequence of Recording
        Of one block each.
    values : {"kong", "youtube8m", "embeddings"}
        What the numbers are.
    watcher : Watcher, optional
        Is told of those that cannot be read.

    Returns
    -------
    dict of str to Extracted
        By digests.
    """
    watcher = watcher or Silent()
    found = {}
    for block in recordings:
        try:
            (clip,) = npy.stream(block.path, values=values)
        except DataError as error:
            reason = str(error).removeprefix(f"{block.path}: ")
            watcher.skipped(Skipped(block.name, reason))
            continue
        found[block.digest] = Extracted(clip.frames, duration=np.inf)
    return found
