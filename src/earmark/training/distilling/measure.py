"""Everything that the model card of ``compact`` says about how good it is, from one run.

What is measured is the folder that ships, run as its users run it: ONNX Runtime, 8-bit embeddings.
Recordings are looped to ten seconds, for the student as for its teacher.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from earmark.bundle import Bundle
from earmark.classifiers.session import Classifier
from earmark.embedders import Embedder, dequantise
from earmark.evaluation.agreement import Agreement, agreement
from earmark.evaluation.esc50 import ESC10, ESC50, Esc50Result, esc50_accuracy
from earmark.evaluation.probe import linear_probe
from earmark.features import patches
from earmark.training.distilling.corpus import Corpus, Entry, read_manifest
from earmark.training.distilling.embedder_run import decoded
from earmark.training.distilling.placed import place, time_auc
from earmark.training.distilling.recipe import Recipe
from earmark.training.distilling.teacher import Teacher
from earmark.training.distilling.yamnet import Yamnet

__all__ = ["Heard", "Report", "hear", "hear_teacher", "hear_yamnet", "measure", "when"]

N_SAMPLES = 160_000


@dataclass(frozen=True)
class Heard:
    """What a tagger makes of some recordings."""

    scores: NDArray[np.float32]
    """float32 [recording, 527]."""
    embeddings: NDArray[np.float32]
    """float32 [recording, n]: the mean over time and, for the student, the deviation."""


@dataclass(frozen=True)
class Report:
    """The measurements, for the student and, where it makes sense, its teacher."""

    agreement: Agreement
    n_held_out: int
    esc50: Esc50Result
    esc10: Esc50Result
    teacher_esc50: Esc50Result
    teacher_esc10: Esc50Result
    yamnet_esc50: Esc50Result
    yamnet_esc10: Esc50Result
    probe: float
    probe_fold5: float
    teacher_probe: float
    teacher_probe_fold5: float
    n_esc50: int
    n_esc50_heard: int
    time_auc: float
    """See `earmark.training.distilling.placed`."""
    n_placed: int


def hear(corpus: Corpus, bundle: Bundle) -> Heard:
    """Run a tagger over every recording of ``corpus``, looped to ten seconds."""
    identity = bundle.config.embedder
    embedder, classifier = _networks(bundle)
    scores, embeddings = [], []
    for index in range(len(corpus)):
        clip = np.resize(corpus.waveform(index), N_SAMPLES)
        frames = embedder(patches(clip))
        mask = np.ones((1, len(frames)), dtype=bool)
        scores.append(classifier(frames[None], mask)[0][0])
        vectors = dequantise(frames, how=identity.dequantiser)
        embeddings.append(np.concatenate([vectors.mean(axis=0), vectors.std(axis=0)]))
    return Heard(np.stack(scores), np.stack(embeddings))


def when(waveform: NDArray[np.float32], bundle: Bundle) -> NDArray[np.float32]:
    """A tagger's scores of every patch of one recording: float32 [patch, 527]."""
    embedder, classifier = _networks(bundle)
    frames = embedder(patches(waveform))
    size = bundle.config.max_patches
    clips = [frames[start : start + size] for start in range(0, len(frames), size)]
    scores = [classifier(clip[None], np.ones((1, len(clip)), dtype=bool))[1][0] for clip in clips]
    return np.concatenate(scores)


@cache
def _networks(bundle: Bundle) -> tuple[Embedder, Classifier]:
    identity, n_classes = bundle.config.embedder, len(bundle.labels)
    return (
        Embedder(bundle.embedder, identity=identity, threads=2),
        Classifier(bundle.classifier, identity=identity, classes=n_classes, threads=2),
    )


def hear_teacher(corpus: Corpus, teacher: Teacher) -> Heard:
    """Run the teacher over every recording of ``corpus``, looped to ten seconds."""
    scores, embeddings = [], []
    for index in range(len(corpus)):
        clip = np.resize(corpus.waveform(index), N_SAMPLES)
        lesson = teacher.hear(torch.from_numpy(clip[None]))
        scores.append(lesson.scores[0].numpy())
        embeddings.append(lesson.steps[0].mean(dim=0).numpy())
    return Heard(np.stack(scores), np.stack(embeddings))


def hear_yamnet(corpus: Corpus, path: Path) -> tuple[NDArray[np.float32], list[str]]:
    """YAMNet's scores of every recording of ``corpus``, looped to ten seconds, and its names."""
    yamnet = Yamnet(path)
    clips = (np.resize(corpus.waveform(index), N_SAMPLES) for index in range(len(corpus)))
    return np.stack([yamnet.scores(clip) for clip in clips]), yamnet.names


def measure(recipe: Recipe, folder: Path) -> Report:
    """Measure a tagger's folder on the recordings that its training left out.

    The linear probe runs over all five folds of ESC-50. The embedder has heard the freely licensed
    recordings of folds 1-4, without their labels, and nothing of fold 5.
    """
    bundle = Bundle.find(folder)
    teacher = Teacher(recipe.teacher, threads=2)
    names = [label.name for label in bundle.labels]
    held_out = decoded(recipe, "validation")
    close = agreement(hear(held_out, bundle).scores, hear_teacher(held_out, teacher).scores)
    esc50 = Corpus.decode(_esc50_entries(recipe), cache=recipe.workspace / "cache")
    student, master = hear(esc50, bundle), hear_teacher(esc50, teacher)
    peer, peer_names = hear_yamnet(esc50, recipe.yamnet)
    test = _Test.of(esc50)
    probe = linear_probe(student.embeddings, test.truth, test.folds)
    teacher_probe = linear_probe(master.embeddings, test.truth, test.folds)
    placed = place(esc50)
    trained = {entry.path for entry in decoded(recipe, "train").entries}
    return Report(
        agreement=close,
        n_held_out=len(held_out),
        esc50=test.accuracy(student.scores, names),
        esc10=test.accuracy(student.scores, names, classes=ESC10),
        teacher_esc50=test.accuracy(master.scores, names),
        teacher_esc10=test.accuracy(master.scores, names, classes=ESC10),
        yamnet_esc50=test.accuracy(peer, peer_names),
        yamnet_esc10=test.accuracy(peer, peer_names, classes=ESC10),
        probe=float(np.mean(list(probe.values()))),
        probe_fold5=probe[5],
        teacher_probe=float(np.mean(list(teacher_probe.values()))),
        teacher_probe_fold5=teacher_probe[5],
        n_esc50=len(esc50),
        n_esc50_heard=sum(entry.path in trained for entry in esc50.entries),
        time_auc=time_auc(placed, [when(one.waveform, bundle) for one in placed], names=names),
        n_placed=len(placed),
    )


def _esc50_entries(recipe: Recipe) -> list[Entry]:
    return [
        entry
        for corpus in recipe.corpora
        if corpus.hold_out
        for entry in read_manifest(corpus.folder)
        if "esc50:" in entry.fold
    ]


@dataclass(frozen=True)
class _Test:
    """ESC-50's labels and folds, to hold scores against."""

    truth: tuple[str, ...]
    folds: tuple[int, ...]

    @classmethod
    def of(cls, corpus: Corpus) -> _Test:
        return cls(
            tuple(entry.labels.partition(";")[0] for entry in corpus.entries),
            tuple(int(entry.fold.rpartition(":")[2]) for entry in corpus.entries),
        )

    def accuracy(
        self,
        scores: NDArray[np.float32],
        names: Sequence[str],
        *,
        classes: Sequence[str] = tuple(ESC50),
    ) -> Esc50Result:
        """On fold 5, of the recordings of ``classes``."""
        chosen = [
            index
            for index, (label, fold) in enumerate(zip(self.truth, self.folds, strict=True))
            if fold == 5 and label in classes
        ]
        truth = [self.truth[index] for index in chosen]
        return esc50_accuracy(scores[chosen], truth, names=names, classes=classes)
