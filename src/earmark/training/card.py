"""The model card of a tagger that a recipe made."""
from __future__ import annotations
from earmark.training.corpus import Corpus
from earmark.training.measure import Report
from earmark.training.recipe import Recipe
def model_card(recipe: Recipe, report: Report, *, corpus: Corpus) -> str:
    return str(report)
