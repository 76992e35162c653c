"""An embedder made of a person's own sounds, and how its making is watched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from earmark.bundle import Bundle
from earmark.training.embedders.choosing import own_embedder
from earmark.training.embedders.examples import Classes, Example
from earmark.training.fit import until_asked_to_stop
from earmark.training.listening import Silent
from earmark.training.sounds.altering import Alteration, Altered
from earmark.training.sounds.assembling import Cut
from earmark.training.sounds.embedding import Extractor
from earmark.training.sounds.extraction import Extracted
from earmark.training.sounds.recordings import Recording
from earmark.training.sounds.settings import SoundSettings
from earmark.training.sounds.watching import Watcher

__all__ = ["Extract", "adapted"]


class Extract(Protocol):
    """Runs what it is given over recordings, or over altered copies of them."""

    def __call__(
        self,
        recordings: Sequence[Recording],
        make: Callable[[int], Extractor],
        *,
        altered: Altered | None = None,
        keep: bool = True,
    ) -> dict[str, Extracted]:
        """Give what was made of each, by its digest; and keep it for the next time or not."""


def adapted(
    base: Bundle,
    cuts: Sequence[Cut],
    extract: Extract,
    *,
    by: Alteration,
    classes: Classes,
    settings: SoundSettings,
    watcher: Watcher,
) -> Bundle:
    """Make an embedder; Ctrl-C ends it, and the same call then goes on from there.

    Parameters
    ----------
    base : Bundle
        The tagger whose embedder it is made of.
    cuts : sequence of Cut
        The windows to learn from, and none to check on.
    extract : callable
        Lets their recordings be heard once more.
    by : callable
        Makes altered copies of them.
    classes : Classes
    settings : SoundSettings
    watcher : Watcher
        Is told how it goes.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C was pressed.
    """
    recordings = list({cut.recording.digest: cut.recording for cut in cuts}.values())

    def hear(
        make: Callable[[int], Extractor], /, *, copies: int = 0, keep: bool = True
    ) -> list[Example]:
        heard = [extract(recordings, make, keep=keep)]
        if copies:
            altered = Altered(by, copies, settings.seed)
            heard.append(extract(recordings, make, altered=altered, keep=keep))
        return [
            Example(
                np.concatenate([each[cut.recording.digest].part(cut.window) for each in heard]),
                cut.window.labels,
            )
            for cut in cuts
        ]

    with until_asked_to_stop() as stop:
        made = own_embedder(
            settings.adapt,
            base,
            hear,
            classes=classes,
            seed=settings.seed,
            listener=_Told(watcher),
            stop=stop,
        )
    if made is None:
        raise KeyboardInterrupt
    identity = made.config.embedder
    watcher.told(f"the embedder is {identity.name} {identity.version}, of these sounds' own")
    return made


class _Told(Silent):
    """Has a watcher see steps as it sees recordings."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def began(self, *, step: int, steps: int, batch: int) -> None:
        """Say how many steps there are."""
        self._watcher.told(f"fine-tuning the embedder in {steps} steps of {batch} clips")
        self._watcher.begin(steps - step)

    def stepped(self, step: int) -> None:
        """Move the line along."""
        self._watcher.done(f"step {step}")
