"""Makes a tagger from a recipe: embedder, classifier, folder, measurements, model card."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch

from earmark import __version__
from earmark.embedders.compact import Compact
from earmark.exporting.tagger_folder import TaggerParts, export_tagger
from earmark.ontology import labels
from earmark.training.distilling.card import model_card
from earmark.training.distilling.classify import fit_classifier
from earmark.training.distilling.embedder_run import decoded, fit_embedder, make_distiller, surveyed
from earmark.training.distilling.lessons import make_lessons
from earmark.training.distilling.measure import Report, measure
from earmark.training.distilling.recipe import Recipe
from earmark.training.distilling.teacher import Teacher

__all__ = ["make_tagger", "trained_embedder"]

logger = logging.getLogger(__name__)


@contextmanager
def _denormals_flushed() -> Iterator[None]:
    """Numbers too small for full precision slow a processor's arithmetic down: they become zero."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@_denormals_flushed()
def make_tagger(recipe: Recipe, folder: Path) -> Report:
    """Do everything that is not done yet, write ``folder`` and measure it.

    Training that was interrupted goes on from its last checkpoint, which is
    ``<workspace>/embedder/last.ckpt``.
    """
    checkpoint = fit_embedder(recipe)
    embedder = trained_embedder(recipe, checkpoint)
    logger.info("making %d clips for the classifier", recipe.classify.clips)
    lessons = make_lessons(recipe, embedder, surveyed(recipe, decoded(recipe, "train")))
    logger.info("fitting the classifier")
    classifier = fit_classifier(lessons, Teacher(recipe.teacher), recipe.classify)
    parts = TaggerParts(
        embedder=embedder,
        classifier=classifier,
        classifier_kind="multi-level-attention",
        labels=labels(),
        name=recipe.name,
        version=recipe.version,
        created_by=f"earmark {__version__}, recipes/{recipe.name}.yaml",
    )
    export_tagger(parts, folder)
    report = measure(recipe, folder)
    (recipe.workspace / "report.json").write_text(json.dumps(asdict(report), indent=2))
    corpus = decoded(recipe, "train")
    (folder / "README.md").write_text(model_card(recipe, report, corpus=corpus))
    return report


def trained_embedder(recipe: Recipe, checkpoint: Path) -> Compact:
    """The averaged embedder of a checkpoint."""
    distiller = make_distiller(recipe)
    state = torch.load(checkpoint, map_location="cpu", weights_only=False)["state_dict"]
    distiller.load_state_dict(state)
    embedder = distiller.average.module.eval()
    assert isinstance(embedder, Compact)
    return embedder
