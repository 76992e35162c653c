"""Which embedder a tagger of a person's own sounds gets."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from earmark import __version__
from earmark.bundle import Bundle
from earmark.embedders.compact import Compact
from earmark.errors import DataError, first_line
from earmark.exporting.tagger_folder import WEIGHTS
from earmark.fetching.settings import default_folder
from earmark.training.embedders.batches import OfPatches
from earmark.training.embedders.examples import Classes, Example, Hear
from earmark.training.embedders.fine_tune import fine_tune
from earmark.training.embedders.network import read_network, write_network
from earmark.training.embedders.refit import OfInner, refit
from earmark.training.embedders.settings import HOW, EmbedderSettings
from earmark.training.listening import Listener

__all__ = ["own_embedder"]

_KEPT = 16
"""How many embedders are kept, the last used ones; each takes about a megabyte."""


def own_embedder(
    settings: EmbedderSettings,
    base: Bundle,
    hear: Hear,
    *,
    classes: Classes,
    folder: Path | None = None,
    seed: int = 1,
    listener: Listener | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Bundle | None:
    """Make the embedder that a tagger of a person's own sounds gets.

    What an earlier call has made of the same, or has begun to make, is not made again.

    Parameters
    ----------
    settings : EmbedderSettings
    base : Bundle
        The tagger whose embedder it is made of.
    hear : callable
        Lets all windows to learn from be heard: the training split and nothing else.
    classes : Classes
    folder : Path, optional
        Where embedders are kept, each in a folder of its own; ``embedders`` in the folder
        ``EARMARK_CACHE``, or where the system has such files, if not given.
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
    made_of = _digest(settings, base, examples, classes, seed)
    place = _Place((folder or default_folder() / "embedders") / made_of[:24])
    if place.made.exists():
        return place.found()
    if settings.kind == "refit":
        refit(network, examples, n_classes=len(classes.names), settings=settings.refit)
    elif not fine_tune(
        network,
        examples,
        n_classes=len(classes.names),
        exclusive=classes.exclusive,
        settings=settings.fine_tune,
        checkpoint=place.begun(),
        seed=seed,
        listener=listener,
        stop=stop,
    ):
        return None
    name, how = f"{base.config.embedder.name}-{settings.kind}", HOW[settings.kind]
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
    seed: int,
) -> str:
    """A text that says all that the new embedder depends on."""
    chosen = settings.refit if settings.kind == "refit" else settings.fine_tune
    told = [__version__, _weights(base), settings.kind, chosen.model_dump(), seed, asdict(classes)]
    digest = hashlib.sha256(json.dumps(told).encode())
    for example in examples:
        digest.update(repr((example.labels, example.frames.shape)).encode())
        digest.update(example.frames.tobytes())
    return digest.hexdigest()


class _Place:
    """The folder of one embedder, named after all that it depends on.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.made = folder / "made"
        self._checkpoint = folder / "fine-tune.ckpt"

    def found(self) -> Bundle:
        """Return what was made before."""
        with suppress(OSError):
            os.utime(self._folder)  # it was used now
        return Bundle.read(self.made)

    def begun(self) -> Path:
        """Make room for a checkpoint, and return its name."""
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True)
        return self._checkpoint

    def finish(self, write: Callable[[Path], Bundle]) -> Bundle:
        """Write the embedder's folder, which is there when it is whole."""
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(prefix=".", dir=self._folder))
            try:
                write(part)
                with suppress(OSError):  # another process has made the same meanwhile
                    part.replace(self.made)
            finally:
                shutil.rmtree(part, ignore_errors=True)
            self._checkpoint.unlink(missing_ok=True)
        self._trim()
        return self.found()

    def _trim(self) -> None:
        """Remove those that were used least recently, if there are many."""
        with suppress(OSError):
            others = [path for path in self._folder.parent.iterdir() if path != self._folder]
            others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
            for path in others[_KEPT - 1 :]:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DataError(
                f"{self._folder} cannot be written: {error.strerror or first_line(error)}; make "
                "room there, or set EARMARK_CACHE to another folder, and give the same command "
                "again"
            ) from error
