"""A tagger's classifier over embedding sets, in a stream."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from earmark.bundle import Bundle
from earmark.errors import EarmarkError, ModelError
from earmark.evaluation.predictions import Predictions
from earmark.formats import CLIP_FRAMES, EmbeddingSet
from earmark.tagging.scoring import open_classifier

__all__ = ["Predictor", "predict", "predict_all"]

_AT_ONCE = 256
"""Clips that a classifier takes at once: what it makes of them on the way fits into a cache."""
_AHEAD = 2
"""Chunks that are read and not yet given on, while the next one is read."""

Scores = NDArray[np.float32]
_Item = TypeVar("_Item")


class Predictor:
    """One tagger's classifier, made ready to score clips.

    Parameters
    ----------
    tagger : Bundle, str or Path
        A tagger, its name or its folder; it need have no embedder.
    pool : ThreadPoolExecutor
        Whose threads do the work.

    Raises
    ------
    ModelError
        If there is no such tagger, it holds an embedder alone, or its clips are shorter than those
        of an embedding set.
    """

    def __init__(self, tagger: Bundle | str | Path, *, pool: ThreadPoolExecutor) -> None:
        self.bundle = tagger if isinstance(tagger, Bundle) else Bundle.find(tagger)
        self.bundle.require_classifier()
        classifier = open_classifier(self.bundle, threads=1)
        assert classifier is not None
        self._classifier = classifier
        self._pool = pool
        self._patches = self.bundle.config.max_patches
        if self._patches < CLIP_FRAMES:
            raise ModelError(
                f"{self.bundle.title} takes clips of {self._patches} embeddings at most, and those "
                f"of an embedding set have up to {CLIP_FRAMES}"
            )

    def begin(self, clips: EmbeddingSet) -> Callable[[], Predictions]:
        """Begin to score clips.

        Returns
        -------
        callable
            Waits until all are scored, and gives the predictions.

        Raises
        ------
        ModelError
            If another embedder made them than the one that the classifier was trained on.
        """
        self._require_own(clips)
        starts = range(0, len(clips), _AT_ONCE)
        parts = [self._pool.submit(self._score, clips[at : at + _AT_ONCE]) for at in starts]
        return lambda: self._predictions(clips, parts)

    def _require_own(self, clips: EmbeddingSet) -> None:
        config = self.bundle.config
        try:
            config.embedder.require(clips.identity, what="the embedding set")
        except ModelError as error:
            raise ModelError(
                f"{self.bundle.title} cannot score it: {error}; take a tagger that was trained on "
                f"embeddings of {clips.identity.name} {clips.identity.version}, or embed the "
                "recordings again with this tagger's embedder"
            ) from error

    def _score(self, clips: EmbeddingSet) -> Scores:
        frames, mask = clips.frames, clips.mask()
        missing = self._patches - CLIP_FRAMES
        if missing:
            frames = np.pad(frames, ((0, 0), (0, missing), (0, 0)))
            mask = np.pad(mask, ((0, 0), (0, missing)))
        return self._classifier.clip_scores(frames, mask)

    def _predictions(self, clips: EmbeddingSet, parts: Sequence[Future[Scores]]) -> Predictions:
        table = self.bundle.labels
        none = np.empty((0, len(table)), np.float32)
        return Predictions(
            scores=np.concatenate([none, *(part.result() for part in parts)]),
            ids=clips.ids,
            starts=clips.starts,
            ends=clips.ends,
            table=table,
            title=self.bundle.title,
            identity=clips.identity,
            calibration=self.bundle.calibration,
        )


def predict(
    tagger: Bundle | str | Path,
    sets: EmbeddingSet | Iterable[EmbeddingSet],
    *,
    jobs: int | None = None,
) -> Iterator[Predictions]:
    """Score clips in constant memory.

    Parameters
    ----------
    tagger : Bundle, str or Path
        A tagger with a classifier, its name or its folder.
    sets : EmbeddingSet or iterable of EmbeddingSet
        The clips, at once or piece by piece, as `earmark.formats.stream` gives them.
    jobs : int, optional
        How many threads to use; as many as there are cores if not given.

    Yields
    ------
    Predictions
        One for each set.

    Raises
    ------
    ModelError
        If the tagger cannot be found or used, or another embedder made the clips than the one that
        it was trained on.

    Examples
    --------
    >>> from earmark.formats import stream
    >>> for part in predict("mine", stream("features.tar.gz")):  # doctest: +SKIP
    ...     print(part.ids[0], part.tags(0, top_k=3))
    """
    for (predictions,) in predict_all([tagger], sets, jobs=jobs):
        yield predictions


def predict_all(
    taggers: Sequence[Bundle | str | Path],
    sets: EmbeddingSet | Iterable[EmbeddingSet],
    *,
    jobs: int | None = None,
) -> Iterator[list[Predictions]]:
    """Score clips with several taggers, which are read once for all of them.

    Parameters, errors
        As for `predict`.

    Yields
    ------
    list of Predictions
        For each set, those of each tagger.
    """
    chunks = [sets] if isinstance(sets, EmbeddingSet) else sets
    pool = ThreadPoolExecutor(jobs or os.cpu_count() or 1, thread_name_prefix="predict")
    try:
        predictors = [Predictor(tagger, pool=pool) for tagger in taggers]
        begun = ([predictor.begin(chunk) for predictor in predictors] for chunk in chunks)
        for finishes in _ahead(begun):
            yield [finish() for finish in finishes]
    finally:
        pool.shutdown(cancel_futures=True)


def _ahead(items: Iterable[_Item]) -> Iterator[_Item]:
    """Give items on while the next ones are being made; and all there were before an error."""
    waiting: deque[_Item] = deque()
    try:
        for item in items:
            waiting.append(item)
            if len(waiting) >= _AHEAD:
                yield waiting.popleft()
    except EarmarkError:
        yield from waiting
        raise
    yield from waiting
