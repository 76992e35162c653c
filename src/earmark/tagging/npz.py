"""Embeddings of many recordings in one ``.npz`` file, without pickles.

=========== ================= ====================================================================
entry       type              what
=========== ================= ====================================================================
frames      uint8 [n, 128]    quantised embeddings, one row a patch
starts      float64 [n]       where each patch begins, in seconds from its recording's beginning
source      int32 [n]         which recording each patch is of: a row of ``sources``
sources     str [m]           the recordings, as they were named
durations   float64 [m]       their lengths in seconds
identity    str               the embedder's identity, as JSON
model       str               the tagger's name and version
format      int               1
=========== ================= ====================================================================
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from earmark.embedders import EMBEDDING_SIZE, Identity
from earmark.errors import DataError
from earmark.tagging.results import Embeddings

__all__ = ["load", "save"]

_FORMAT = 1


def save(
    file: BinaryIO, embeddings: Iterable[Embeddings], *, identity: Identity, model: str
) -> None:
    """Write embeddings as a ``.npz`` file.

    Parameters
    ----------
    file : binary file
        Where to.
    embeddings : iterable of Embeddings
        One for each recording; there may be none.
    identity : Identity
        Of all of them.
    model : str
        The tagger's name and version.
    """
    found = list(embeddings)
    for item in found:
        identity.require(item.identity, what=item.source)
    counts = [len(item) for item in found]
    np.savez(
        file,
        frames=np.concatenate(
            [np.empty((0, EMBEDDING_SIZE), np.uint8), *(item.frames for item in found)]
        ),
        starts=np.concatenate([np.empty(0), *(item.starts for item in found)]),
        source=np.repeat(np.arange(len(found), dtype=np.int32), counts),
        sources=np.array([item.source for item in found], dtype=np.str_),
        durations=np.array([item.duration for item in found], dtype=np.float64),
        identity=np.array(identity.to_json()),
        model=np.array(model),
        format=np.array(_FORMAT),
    )


def load(path: Path) -> list[Embeddings]:
    """Read what `save` wrote.

    Raises
    ------
    DataError
        If the file is missing or something else.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            if int(file["format"]) != _FORMAT:
                raise DataError(f"{path} has format {file['format']}; this earmark reads {_FORMAT}")
            identity = Identity.parse(json.loads(str(file["identity"])), where=str(path))
            frames, starts, source = file["frames"], file["starts"], file["source"]
            return [
                Embeddings(
                    source=str(name),
                    duration=float(duration),
                    model=str(file["model"]),
                    identity=identity,
                    frames=frames[source == row],
                    starts=starts[source == row],
                )
                for row, (name, duration) in enumerate(
                    zip(file["sources"], file["durations"], strict=True)
                )
            ]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise DataError(f"{path} holds no embeddings of earmark: {error}") from error
