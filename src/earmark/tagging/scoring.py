"""Frames of one recording -> its tags and events."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from earmark.bundle import Bundle, Pooling
from earmark.classifiers.session import Classifier
from earmark.ontology import Label
from earmark.tagging.choice import choose
from earmark.tagging.clips import Clipper, Clips
from earmark.tagging.options import Options, Threshold
from earmark.tagging.pooling import Pool
from earmark.tagging.results import Event, Tag
from earmark.tagging.tracking import Tracker

__all__ = ["Scorer", "open_classifier"]


def open_classifier(bundle: Bundle, *, threads: int) -> Classifier | None:
    """Open a tagger's classifier, or None where its folder holds an embedder alone."""
    if not bundle.has_classifier:
        return None
    return Classifier(
        bundle.classifier,
        identity=bundle.config.embedder,
        classes=len(bundle.labels),
        clips_alone=bundle.clip_classifier,
        threads=threads,
    )


class Scorer:
    """Cuts the frames of a recording to clips, scores these and gathers what was asked for.

    Parameters
    ----------
    classifier : Classifier
    bundle : Bundle
        Whose classifier it is.
    rule : {"mean", "max", "first", "loop"}
        How clips become one score.
    options : Options
        What to say.
    start : float
        Where the first frame begins, in seconds.

    Raises
    ------
    UsageError
        If there are no such labels.
    ModelError
        If their own thresholds are asked of a tagger that is not calibrated.
    """

    def __init__(
        self,
        classifier: Classifier,
        bundle: Bundle,
        *,
        rule: Pooling,
        options: Options,
        start: float,
    ) -> None:
        self._classifier = classifier
        self._options = options
        self._wanted = _wanted(bundle.labels, options)
        self._labels = [bundle.labels[index] for index in self._wanted]
        self._clipper = Clipper(rule, size=bundle.config.max_patches)
        self._pool = Pool(rule, classes=len(self._labels))
        self._calibration = bundle.calibration
        self._threshold = self._from(options.threshold, bundle)
        self._tracker = Tracker(
            self._labels, threshold=self._from(options.event_threshold, bundle), start=start
        )
        self._events: list[Event] = []

    def push(self, frames: NDArray[np.uint8]) -> None:
        """Take the next frames: uint8 [patches, 128]."""
        self._take(self._clipper.push(frames))

    def finish(self, *, duration: float) -> None:
        """Take what is left when all frames have come; no event lasts longer than `duration`."""
        self._take(self._clipper.finish())
        self._events.extend(self._tracker.finish(duration=duration))

    def tags(self) -> tuple[Tag, ...]:
        """Return the labels that fit, the best score first."""
        return self._best(self._pool.result())

    def tags_of(self, scores: NDArray[np.float32]) -> tuple[Tag, ...]:
        """Return the labels that fit scores of all classes, of a patch say: float32 [classes]."""
        return self._best(scores[self._wanted].astype(np.float64))

    def _best(self, scores: NDArray[np.float64]) -> tuple[Tag, ...]:
        # A stable sort: labels of the same score keep AudioSet's order.
        order = np.argsort(-scores, kind="stable")
        order = order[(scores >= self._threshold)[order]][: self._options.top_k]
        probabilities = self._probabilities(scores[order], self._wanted[order])
        return tuple(
            Tag(self._labels[at].name, float(scores[at]), self._labels[at].id, probability)
            for at, probability in zip(order, probabilities, strict=True)
        )

    def events(self) -> tuple[Event, ...] | None:
        """Return the events in order of time, or None where nobody asked for them."""
        if not self._options.events:
            return None
        events = sorted(self._events, key=_in_time)
        if self._calibration is None:
            return tuple(events)
        places = {label.id: at for label, at in zip(self._labels, self._wanted, strict=True)}
        probabilities = self._probabilities(
            np.array([event.score for event in events], np.float64),
            np.array([places[event.id] for event in events], np.intp),
        )
        return tuple(
            replace(event, probability=probability)
            for event, probability in zip(events, probabilities, strict=True)
        )

    def _from(self, threshold: Threshold, bundle: Bundle) -> float | NDArray[np.float32]:
        """From which score on a label counts: one for all of them or, for ``auto``, for each."""
        if threshold != "auto":
            return threshold
        bundle.require_calibration()
        assert self._calibration is not None  # or the bundle would have said so
        return self._calibration.thresholds[self._wanted]

    def _probabilities(
        self, scores: NDArray[np.float64], classes: NDArray[np.intp]
    ) -> list[float] | list[None]:
        """One for each score; None for each where nobody has calibrated the tagger."""
        if self._calibration is None:
            return [None] * len(scores)
        probabilities: list[float] = self._calibration.apply(scores, classes=classes).tolist()
        return probabilities

    def _take(self, clips: Clips | None) -> None:
        if not clips:
            return
        if not self._options.events:
            scores = self._classifier.clip_scores(clips.frames, clips.mask)
            self._pool.add(scores[:, self._wanted], real=clips.real)
            return
        scores, patch_scores = self._classifier(clips.frames, clips.mask)
        self._pool.add(scores[:, self._wanted], real=clips.real)
        for clip, real in zip(patch_scores, clips.real, strict=True):
            self._events.extend(self._tracker.push(clip[:real, self._wanted]))


def _wanted(labels: tuple[Label, ...], options: Options) -> NDArray[np.intp]:
    if options.labels is None:
        return np.arange(len(labels))
    return np.array(choose(labels, options.labels, with_children=options.with_children), np.intp)


def _in_time(event: Event) -> tuple[float, float, str]:
    return event.start, -event.score, event.label
