"""Embeddings of many recordings in one ``.npz`` file; `earmark.formats.npz` has its layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from earmark.embedders import Identity
from earmark.formats import npz
from earmark.tagging.results import Embeddings

__all__ = ["load", "save"]


def save(
    file: BinaryIO, embeddings: Iterable[Embeddings], *, identity: Identity, model: str
) -> None:
    """Write embeddings as a ``.npz`` file.

    Parameters
    ----------
    file : binary file
        Where to.
    embeddings : iterable of Embeddings
        One for each recording; there may be none. They are written as they come.
    identity : Identity
        Of all of them.
    model : str
        The tagger's name and version.
    """

    def recordings() -> Iterator[npz.Recording]:
        for item in embeddings:
            identity.require(item.identity, what=item.source)
            yield npz.Recording(
                source=item.source,
                duration=item.duration,
                frames=item.frames,
                starts=item.starts,
            )

    npz.save(file, recordings(), identity=identity, model=model)


def load(path: Path) -> list[Embeddings]:
    """Read what `save` wrote.

    Raises
    ------
    DataError
        If the file is missing or something else.
    """
    return [
        Embeddings(
            source=recording.source,
            duration=recording.duration,
            model=model,
            identity=identity,
            frames=recording.frames,
            starts=recording.starts,
        )
        for recording, identity, model in npz.recordings(path)
    ]
