"""The tagger: embedder, classifier and labels, and the way of a recording through them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.audio import Source, Sourceable
from earmark.bundle import DEFAULT, Bundle
from earmark.classifiers.session import Classifier
from earmark.embedders import Embedder, Identity
from earmark.features import PATCH_SECONDS
from earmark.ontology import Label
from earmark.processor import cores
from earmark.tagging.gathering import gather
from earmark.tagging.options import Options, Pooling, Short, Threshold
from earmark.tagging.reading import Reading, ahead
from earmark.tagging.results import Embeddings, Event, Tag, Tagging
from earmark.tagging.scoring import Scorer, open_classifier

__all__ = ["Listener", "Tagger"]

Listener = Callable[[float, float | None], None]
"""Is told, again and again, how many seconds of a recording are done, and of how many if known."""

_BATCH = 8  # as many patches as a block read has; more at once is no faster on a processor
_NOTHING = Options()


class Tagger:
    """Says what is to be heard in recordings. Threads may share one.

    Parameters
    ----------
    bundle : Bundle
        The tagger on disk.
    threads : int, optional
        How many threads the networks may use for one recording. If not given: four at most, and
        one less than there are cores, which is for the decoder.
    read_ahead : bool
        Whether to decode in a thread of its own: faster unless as many recordings as there are
        cores are under way.
    fast : bool
        Whether to use its embedder in eight bits: less memory and time, and almost the same
        embeddings.

    Raises
    ------
    ModelError
        If its networks are missing, damaged or do not fit each other. A folder without a
        classifier will do, to `embed`.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        threads: int | None = None,
        read_ahead: bool = True,
        fast: bool = False,
    ) -> None:
        bundle.require_embedder()
        threads = threads or min(4, max(1, cores() - 1))
        self.bundle = bundle
        self._read_ahead = read_ahead
        self._embedder = Embedder(
            bundle.choose_embedder(fast=fast), identity=bundle.config.embedder, threads=threads
        )
        self._classifier = open_classifier(bundle, threads=threads)

    @classmethod
    def load(
        cls, model: str | Path = DEFAULT, *, threads: int | None = None, fast: bool = False
    ) -> Tagger:
        """Open a tagger.

        Parameters
        ----------
        model : str or Path
            The name of one that comes with earmark, or a tagger's folder.
        threads, fast
            As for the class.

        Raises
        ------
        ModelError
            If there is no such tagger, or its folder is not as it should be.

        Examples
        --------
        >>> Tagger.load().tag("thunder.wav", top_k=1)  # doctest: +SKIP
        [Tag('Thunder', 0.61, '/m/0ngt1')]
        """
        return cls(Bundle.find(model), threads=threads, fast=fast)

    def __repr__(self) -> str:
        """Show its name and how much it knows."""
        return f"Tagger({self.bundle.title!r}, {len(self.labels)} labels)"

    @property
    def labels(self) -> tuple[Label, ...]:
        """What it knows, in the order of its scores."""
        return self.bundle.labels

    @property
    def identity(self) -> Identity:
        """Of the embeddings it makes and reads."""
        return self.bundle.config.embedder

    def tag(
        self,
        source: Sourceable,
        *,
        top_k: int | None = 5,
        threshold: Threshold = 0.0,
        labels: Sequence[str] | None = None,
        start: float = 0.0,
        pooling: Pooling | None = None,
        short: Short = "loop",
    ) -> list[Tag]:
        """Say what is to be heard in a recording.

        Parameters
        ----------
        source : path, URL, bytes, file object or Source
            The recording, of any format and length.
        top_k : int or None
            How many tags at most; None for all.
        threshold : float or "auto"
            The lowest score of a tag; each class's own if ``auto``, of a calibrated tagger.
        labels : sequence of str, optional
            Only these, by name or id.
        start : float
            Where to begin, in seconds.
        pooling : {"mean", "max", "first", "loop"}, optional
            How its clips become one score; the tagger's own rule if not given.
        short : {"loop", "pad", "error"}
            What to do with a recording shorter than a patch of 0.975 s.

        Returns
        -------
        list of Tag
            The best score first.

        Raises
        ------
        AudioError
            If the recording cannot be read or `start` lies outside it.
        UsageError
            If an argument makes no sense.
        """
        options = Options(
            top_k=top_k,
            threshold=threshold,
            labels=labels,
            start=start,
            pooling=pooling,
            short=short,
        )
        return list(self.annotate(source, options).tags)

    def events(
        self,
        source: Sourceable,
        *,
        threshold: Threshold = 0.5,
        labels: Sequence[str] | None = None,
        start: float = 0.0,
        short: Short = "loop",
    ) -> list[Event]:
        """Say what is to be heard in a recording, and when.

        An event is a run of patches, each 0.96 s, in which a label's score reaches the threshold.

        Parameters
        ----------
        source, labels, start, short
            As for `tag`.
        threshold : float or "auto"
            The lowest score of a patch that belongs to an event; ``auto`` as for `tag`.

        Returns
        -------
        list of Event
            In order of their starts, and the best score first among those that start together.

        Raises
        ------
        AudioError, UsageError
            As `tag`.
        """
        options = Options(
            events=True, event_threshold=threshold, labels=labels, start=start, short=short
        )
        return list(self.annotate(source, options).events or ())

    def embed(
        self,
        source: Sourceable,
        *,
        start: float = 0.0,
        short: Short = "loop",
        listener: Listener | None = None,
    ) -> Embeddings:
        """Compute a recording's embeddings, the same that `tag` looks at.

        Parameters
        ----------
        source, start, short
            As for `tag`.
        listener : callable, optional
            Is told how far the work has come.

        Raises
        ------
        AudioError, UsageError
            As `tag`.
        """
        options = Options(start=start, short=short)
        reading = Reading(Source.of(source), start=options.start, short=options.short)
        frames = gather(self._frames(reading, listener))
        return Embeddings(
            source=reading.source.name,
            duration=reading.duration,
            model=self.bundle.title,
            identity=self.identity,
            frames=frames,
            starts=start + np.arange(len(frames), dtype=np.float64) * PATCH_SECONDS,
            notes=reading.notes,
        )

    def annotate(
        self, source: Sourceable, options: Options = _NOTHING, *, listener: Listener | None = None
    ) -> Tagging:
        """Say all that was asked for, reading the recording once.

        Parameters
        ----------
        source : path, URL, bytes, file object or Source
            The recording.
        options : Options
            What to say, and of which part.
        listener : callable, optional
            Is told how far the work has come.

        Raises
        ------
        AudioError
            If the recording cannot be read or `start` lies outside it.
        UsageError
            If there are no such labels.
        ModelError
            If its folder holds an embedder alone.
        """
        rule = options.pooling or self.bundle.config.pooling
        reading = Reading(
            Source.of(source),
            start=options.start,
            short=options.short,
            first=self.bundle.config.max_patches if rule == "first" else None,
        )
        scorer = Scorer(
            self._need_classifier(), self.bundle, rule=rule, options=options, start=reading.start
        )
        for frames in self._frames(reading, listener):
            scorer.push(frames)
        scorer.finish(duration=reading.duration)
        return Tagging(
            source=reading.source.name,
            duration=reading.duration,
            model=self.bundle.title,
            tags=scorer.tags(),
            events=scorer.events(),
            notes=reading.notes,
        )

    def _need_classifier(self) -> Classifier:
        self.bundle.require_classifier()
        assert self._classifier is not None  # or the bundle would have said so
        return self._classifier

    def _frames(
        self, reading: Reading, listener: Listener | None
    ) -> Generator[NDArray[np.uint8], None, None]:
        """Embed a recording: uint8 [up to a batch, 128] at a time."""
        patches = reading.patches(batch=_BATCH)
        with closing(ahead(patches) if self._read_ahead else patches) as batches:
            for batch in batches:
                yield self._embedder(batch)
                if listener is not None:
                    listener(reading.seconds, reading.expected)
