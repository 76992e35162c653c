"""Chunks of an embedding set, made larger or smaller, and held to one embedder and one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from earmark import ontology
from earmark.errors import DataError
from earmark.formats.embedding_set import EmbeddingSet
from earmark.ontology import Label

__all__ = ["default_table", "rechunk"]


def rechunk(chunks: Iterable[EmbeddingSet], *, size: int) -> Iterator[EmbeddingSet]:
    """Give the same clips in chunks of one size.

    Parameters
    ----------
    chunks : iterable of EmbeddingSet
    size : int
        How many clips a chunk is to have; the last one may have fewer.

    Yields
    ------
    EmbeddingSet
        At least one, which is empty if there are no clips. It carries the embedder's identity.

    Raises
    ------
    DataError
        If two chunks have different label tables.
    ModelError
        If different embedders made them.
    """
    first: EmbeddingSet | None = None
    waiting: list[EmbeddingSet] = []
    count = given = 0
    for chunk in chunks:
        if first is None:
            first = chunk[:0]
        _require_alike(first, chunk)
        if not len(chunk):
            continue
        waiting.append(chunk)
        count += len(chunk)
        if count < size:
            continue
        whole = EmbeddingSet.concatenate(waiting)
        count %= size
        full = len(whole) - count
        for at in range(0, full, size):
            yield whole[at : at + size]
        given += full
        # The rest is copied: a view would keep all of the chunk in memory.
        waiting = [EmbeddingSet.concatenate([first, whole[full:]])] if count else []
    if waiting:
        yield EmbeddingSet.concatenate(waiting)
    elif not given:
        yield EmbeddingSet.empty() if first is None else first


def default_table(top: int) -> tuple[Label, ...]:
    """Return what the labels of a file that has no table mean.

    Parameters
    ----------
    top : int
        The highest label in it; -1 if there is none.

    Returns
    -------
    tuple of Label
        AudioSet's 527 classes if the labels fit them, and else none: nobody knows.
    """
    known = ontology.labels()
    return known if top < len(known) else ()


def _require_alike(first: EmbeddingSet, chunk: EmbeddingSet) -> None:
    what = f"the clip {chunk.ids[0]!r}" if len(chunk) else "a set among them"
    first.identity.require(chunk.identity, what=what)
    if first.table != chunk.table:
        raise DataError(
            f"{what} belongs to a set of {len(chunk.table)} labels and others to one of "
            f"{len(first.table)}, or these differ: sets are joined only if their labels mean "
            "the same"
        )
