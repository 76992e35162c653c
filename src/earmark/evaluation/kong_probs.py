"""Predictions as Kong's training leaves them at each validation, without pickles.

``prob_1000_iters.npz`` has ``scores``, float32 [clips, classes], and ``ids``, str [clips]. Neither
times nor labels are in it: the labels are those of the set that was predicted.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from earmark.errors import DataError
from earmark.evaluation.predictions import Predictions
from earmark.ontology import Label

__all__ = ["read"]


def read(path: Path, *, table: tuple[Label, ...]) -> Predictions:
    """Read a file.

    Parameters
    ----------
    path : Path
    table : tuple of Label
        The classes.

    Raises
    ------
    DataError
        If it cannot be read, or holds something else.
    """
    try:
        # NumPy does not close a file that it cannot read.
        with path.open("rb") as data, np.load(data, allow_pickle=False) as file:
            missing = {"scores", "ids"} - set(file.files)
            if missing:
                raise DataError(
                    f"{path} holds no predictions: it has no {min(missing)}, but "
                    f"{', '.join(file.files) or 'nothing'}"
                )
            scores, ids = file["scores"], file["ids"]
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read as .npz: {error}") from error
    if scores.ndim != 2 or scores.shape[1] != len(table):
        raise DataError(
            f"{path} has scores of shape {list(scores.shape)}, where there are labels for "
            f"{len(table)} classes: it is of a set with other labels"
        )
    nowhere = np.full(len(ids), np.nan)
    return Predictions(
        scores=scores.astype(np.float32, copy=False),
        ids=tuple(map(str, ids)),
        starts=nowhere,
        ends=nowhere,
        table=table,
        title=path.stem,
    )
