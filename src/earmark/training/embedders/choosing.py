"""Which embedder a tagger of a person's own sounds gets."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from earmark import __version__
from earmark.bundle import Bundle
from earmark.embedders.compact import Compact
from earmark.errors import DataError, first_line
from earmark.exporting.tagger_folder import WEIGHTS
from earmark.training.embedders.batches import OfPatches
from earmark.training.embedders.examples import Example, Hear
from earmark.training.embedders.fine_tune import FineTuneSettings, fine_tune
from earmark.training.embedders.network import read_network, write_network
from earmark.training.embedders.refit import OfInner, RefitSettings, refit
from earmark.training.group import Group
from earmark.training.listening import Listener

__all__ = ["Classes", "EmbedderSettings", "own_embedder"]

_NOTE = "made-of.txt"
_HOW = {"refit": "refitted", "fine-tune": "fine-tuned"}


class EmbedderSettings(Group):
    """Which embedder goes into a tagger of a person's own sounds."""

    kind: Literal["frozen", "refit", "fine-tune"] = "frozen"
    """As it is; with its last layer refitted to what tells the classes apart, which helps from some
    twenty clips a class on and takes seconds; or trained as a whole, which takes minutes."""
    refit: RefitSettings = RefitSettings()
    fine_tune: FineTuneSettings = FineTuneSettings()


@dataclass(frozen=True)
class Classes:
    """What there is to tell apart."""

    names: tuple[str, ...]
    exclusive: bool
    """Whether a clip has exactly one of them."""


def own_embedder(
    settings: EmbedderSettings,
    base: Bundle,
    hear: Hear,
    *,
    classes: Classes,
    name: str,
    folder: Path,
    seed: int = 1,
    listener: Listener | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Bundle | None:
    """Make the embedder that a tagger of a person's own sounds gets.

    What an earlier call with the same arguments has made, or has begun to, is not made again.

    Parameters
    ----------
    settings : EmbedderSettings
    base : Bundle
        The tagger whose embedder it is made of.
    hear : callable
        Lets all windows to learn from be heard: the training split and nothing else.
    classes : Classes
    name : str
        What the tagger will be called, and its embedder with it.
    folder : Path
        Where the embedder's folder is to be.
    seed : int
        Of all that is random.
    listener : Listener, optional
        Is told how it goes.
    stop : callable
        Whether the user wants it to end now.

    Returns
    -------
    Bundle or None
        Whose embedder to use: `base` itself if it is frozen; None if it was ended before its end.

    Raises
    ------
    ModelError
        If the embedder is another network than compact's.
    DataError
        If there is too little to learn from, or the folder cannot be written.
    """
    if settings.kind == "frozen":
        return base
    network = read_network(base)  # which refuses others before anything is heard
    examples = _heard(settings, hear, network, base)
    place = _Place(folder, made_of=_digest(settings, base, examples, classes, name, seed))
    if place.made.exists():
        return Bundle.read(place.made)
    if settings.kind == "refit":
        refit(network, examples, n_classes=len(classes.names), settings=settings.refit)
    elif not fine_tune(
        network,
        examples,
        n_classes=len(classes.names),
        exclusive=classes.exclusive,
        settings=settings.fine_tune,
        checkpoint=place.checkpoint,
        seed=seed,
        listener=listener,
        stop=stop,
    ):
        return None
    how = _HOW[settings.kind]
    return place.finish(lambda part: write_network(network, part, name=name, base=base, how=how))


def _heard(
    settings: EmbedderSettings, hear: Hear, network: Compact, base: Bundle
) -> Sequence[Example]:
    if settings.kind == "refit":
        inner = OfInner(network, key=_weights(base))
        return hear(lambda threads: inner)
    patches = OfPatches()
    return hear(lambda threads: patches, copies=settings.fine_tune.copies, keep=False)


def _weights(base: Bundle) -> str:
    """A text that says which weights an embedder has."""
    return hashlib.sha256((base.folder / WEIGHTS).read_bytes()).hexdigest()


def _digest(
    settings: EmbedderSettings,
    base: Bundle,
    examples: Sequence[Example],
    classes: Classes,
    name: str,
    seed: int,
) -> str:
    """A text that says all that the new embedder depends on."""
    chosen = settings.refit if settings.kind == "refit" else settings.fine_tune
    told = [__version__, name, _weights(base), settings.kind, chosen.model_dump(), seed]
    digest = hashlib.sha256(json.dumps([*told, asdict(classes)]).encode())
    for example in examples:
        digest.update(repr((example.labels, example.frames.shape)).encode())
        digest.update(example.frames.tobytes())
    return digest.hexdigest()


class _Place:
    """The folder in which an embedder is made, and what is in it of an earlier run.

    Parameters
    ----------
    folder : Path
    made_of : str
        All that it depends on: what was made, or begun, of anything else is removed.

    Raises
    ------
    DataError
        If the folder holds something else, or cannot be written.
    """

    def __init__(self, folder: Path, *, made_of: str) -> None:
        self.made = folder / "made"
        self.checkpoint = folder / "fine-tune.ckpt"
        self._folder = folder
        note = folder / _NOTE
        if note.is_file() and note.read_text() == made_of:
            return
        if folder.exists() and not note.is_file() and any(folder.iterdir()):
            raise DataError(f"{folder} holds something else: give another output folder")
        with self._writing():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            note.write_text(made_of)

    def finish(self, write: Callable[[Path], Bundle]) -> Bundle:
        """Write the embedder's folder, which is there when it is whole."""
        part = self._folder / "part"
        with self._writing():
            shutil.rmtree(part, ignore_errors=True)
            write(part)
            part.replace(self.made)
            self.checkpoint.unlink(missing_ok=True)
        return Bundle.read(self.made)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DataError(
                f"{self._folder} cannot be written: {error.strerror or first_line(error)}; make "
                "room and give the same command again"
            ) from error
