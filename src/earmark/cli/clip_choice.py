"""A few clips of an embedding set, by their ids or their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from earmark.errors import DataError
from earmark.formats import EmbeddingSet

__all__ = ["chosen", "first"]


def chosen(chunks: Iterable[EmbeddingSet], names: Sequence[str]) -> Iterator[EmbeddingSet]:
    """Give only some clips, and read no further than the last of them.

    Parameters
    ----------
    chunks : iterable of EmbeddingSet
    names : sequence of str
        Ids, or numbers from 0 in the order of the set.

    Yields
    ------
    EmbeddingSet
        Clips in the order of the set.

    Raises
    ------
    DataError
        At the end, if one of them is not there.
    """
    numbers = {int(name): name for name in names if name.isdecimal()}
    missing, at, example = set(names), 0, ""
    for chunk in chunks:
        example = example or next(iter(chunk.ids), "")
        rows = {row for row, name in enumerate(chunk.ids) if name in names}
        rows |= {number - at for number in numbers if 0 <= number - at < len(chunk)}
        missing -= {chunk.ids[row] for row in rows}
        missing -= {numbers[row + at] for row in rows if row + at in numbers}
        at += len(chunk)
        if rows:
            yield chunk.take(np.array(sorted(rows)))
        # A recording's clips share its id, so there may be more of them further on.
        if not missing and all(name.isdecimal() for name in names):
            return
    if missing:
        raise DataError(
            f"there is no clip {min(missing)!r} among {at}: give an id"
            f"{f', as {example!r}' if example else ''}, or a number from 0 to {max(at - 1, 0)}"
        )


def first(chunks: Iterable[EmbeddingSet], count: int) -> Iterator[EmbeddingSet]:
    """Give the first clips, and read no further than the last of them."""
    for chunk in chunks:
        yield chunk[:count]
        count -= len(chunk)
        if count <= 0:
            return
