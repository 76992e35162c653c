"""Everything that the model card of ``compact`` says about how good it is, from one run.

What is measured is the folder that ships, run as its users run it: ONNX Runtime, 8-bit embeddings.
Recordings are looped to ten seconds, for the student as for its teacher.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from earmark.bundle import Bundle
from earmark.classifiers.session import Classifier
from earmark.embedders import Embedder, dequantise
from earmark.evaluation.esc50 import ESC10, Esc50Result, esc50_accuracy
from earmark.evaluation.metrics import Agreement, agreement
from earmark.evaluation.probe import linear_probe
from earmark.features import patches
from earmark.training.corpus import Corpus, Entry, read_manifest
from earmark.training.embedder_run import decoded
from earmark.training.recipe import Recipe
from earmark.training.teacher import Teacher

__all__ = ["Heard", "Report", "hear", "hear_teacher", "measure"]

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
    esc50: Esc50Result
    esc10: Esc50Result
    probe: float
    teacher_esc50: Esc50Result
    teacher_esc10: Esc50Result
    teacher_probe: float


def hear(corpus: Corpus, bundle: Bundle) -> Heard:
    """Run a tagger over every recording of ``corpus``, looped to ten seconds."""
    identity = bundle.config.embedder
    embedder = Embedder(bundle.embedder, identity=identity, threads=2)
    n_classes = len(bundle.labels)
    classifier = Classifier(bundle.classifier, identity=identity, classes=n_classes, threads=2)
    scores, embeddings = [], []
    for index in range(len(corpus)):
        clip = np.resize(corpus.waveform(index), N_SAMPLES)
        frames = embedder(patches(clip))
        mask = np.ones((1, len(frames)), dtype=bool)
        scores.append(classifier(frames[None], mask)[0][0])
        vectors = dequantise(frames, how=identity.dequantiser)
        embeddings.append(np.concatenate([vectors.mean(axis=0), vectors.std(axis=0)]))
    return Heard(np.stack(scores), np.stack(embeddings))


def hear_teacher(corpus: Corpus, teacher: Teacher) -> Heard:
    """Run the teacher over every recording of ``corpus``, looped to ten seconds."""
    scores, embeddings = [], []
    for index in range(len(corpus)):
        clip = np.resize(corpus.waveform(index), N_SAMPLES)
        lesson = teacher.hear(torch.from_numpy(clip[None]))
        scores.append(lesson.scores[0].numpy())
        embeddings.append(lesson.steps[0].mean(dim=0).numpy())
    return Heard(np.stack(scores), np.stack(embeddings))


def measure(recipe: Recipe, folder: Path) -> Report:
    """Measure a tagger's folder on the recordings that its training left out.

    The linear probe runs over all five folds of ESC-50. The embedder has heard the freely licensed
    recordings of folds 1-4, without their labels, and nothing of fold 5.
    """
    bundle = Bundle.find(folder)
    teacher = Teacher(recipe.teacher, threads=2)
    cache = recipe.workspace / "cache"
    names = [label.name for label in bundle.labels]
    held_out = decoded(recipe, "validation")
    close = agreement(hear(held_out, bundle).scores, hear_teacher(held_out, teacher).scores)
    entries = [
        entry
        for corpus in recipe.corpora
        if corpus.hold_out
        for entry in read_manifest(corpus.folder)
        if "esc50:" in entry.fold
    ]
    esc50 = Corpus.decode(entries, cache=cache)
    truth = [entry.labels.partition(";")[0] for entry in esc50.entries]
    student, master = hear(esc50, bundle), hear_teacher(esc50, teacher)
    folds = [int(entry.fold.rpartition(":")[2]) for entry in esc50.entries]
    results = [
        _fold5(heard.scores, truth, esc50.entries, names=names, classes=classes)
        for heard in (student, master)
        for classes in (tuple(dict.fromkeys(truth)), ESC10)
    ]
    return Report(
        agreement=close,
        esc50=results[0],
        esc10=results[1],
        probe=linear_probe(student.embeddings, truth, folds),
        teacher_esc50=results[2],
        teacher_esc10=results[3],
        teacher_probe=linear_probe(master.embeddings, truth, folds),
    )


def _fold5(
    scores: NDArray[np.float32],
    truth: Sequence[str],
    entries: Sequence[Entry],
    *,
    names: Sequence[str],
    classes: Sequence[str],
) -> Esc50Result:
    chosen = [
        index
        for index, (entry, label) in enumerate(zip(entries, truth, strict=True))
        if entry.is_esc50_test() and label in classes
    ]
    return esc50_accuracy(
        scores[chosen], [truth[index] for index in chosen], names=names, classes=classes
    )
