"""Training in one call."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from earmark.formats import EmbeddingSet
from earmark.training.data import TrainingData
from earmark.training.fit import fit
from earmark.training.layouts import LayoutName
from earmark.training.listening import Listener
from earmark.training.reading import Paths, read_sets
from earmark.training.recipes import read_recipe, settings_from
from earmark.training.settings import TrainSettings
from earmark.training.sounds import FEW, is_sounds, read_own, sized
from earmark.training.trained import Trained
from earmark.training.workplace import refuse

__all__ = ["train"]

Settings = TrainSettings | Mapping[str, Any] | str | os.PathLike[str]


def train(
    data: Paths | EmbeddingSet | TrainingData,
    output: str | os.PathLike[str],
    *,
    settings: Settings | None = None,
    layout: LayoutName = "earmark",
    listener: Listener | None = None,
) -> Trained:
    """Teach a classifier, and make a tagger of it.

    Parameters
    ----------
    data : path, sequence of paths, EmbeddingSet or TrainingData
        What to learn from: embedding sets, or a folder or a table of one's own sounds; the last
        has parts to measure on, too.
    output : path
        The tagger's folder to be; a run in it that was interrupted goes on.
    settings : TrainSettings, mapping or path, optional
        All settings; or some of them, as a recipe has them; or a recipe's file.
    layout : {"earmark", "kong"}
        Where in the output things are.
    listener : Listener, optional
        Is told how it goes.

    Raises
    ------
    EarmarkError
        If anything cannot be read or does not go together; see `earmark.training.fit`.

    Examples
    --------
    >>> train("clips.h5", "mine", settings={"iterations": 500})  # doctest: +SKIP
    """
    folder = Path(output)
    refuse(folder)  # before minutes of reading
    own = isinstance(data, str | os.PathLike) and is_sounds(Path(data))
    wanted = _settings(settings, own=own)
    if isinstance(data, EmbeddingSet):
        data = TrainingData(data, exclusive=wanted.data.exclusive)
    elif isinstance(data, str | os.PathLike) and own:
        data = read_own(Path(data), wanted)
        wanted = sized(wanted, data)
    elif not isinstance(data, TrainingData):
        data = read_sets(data, wanted)
    return fit(data, wanted, folder, layout=layout, listener=listener)


def _settings(given: Settings | None, *, own: bool) -> TrainSettings:
    if isinstance(given, TrainSettings):
        return given
    base = FEW if own else {}
    if given is None or isinstance(given, Mapping):
        return settings_from({**base, **(given or {})})
    return settings_from({**base, **read_recipe(Path(given))}, where=str(given))
