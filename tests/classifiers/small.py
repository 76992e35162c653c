"""Settings of any kind of classifier, so small that tests take no time."""

from __future__ import annotations

from dataclasses import fields

from earmark.classifiers.family import settings_of
from earmark.classifiers.settings import ClassifierSettings

SIZES: dict[str, object] = {
    "n_inputs": 12,
    "n_classes": 7,
    "hidden": 20,
    "dropout": 0.1,
    "n_clusters": 30,
    "cells": 16,
    "frame_units": 16,
    "patch_hidden": 16,
    "networks": 3,
}


def small_settings(kind: str, **changes: object) -> ClassifierSettings:
    """Small sizes, of whatever has a size, and other changes."""
    of_kind = settings_of(kind)
    known = {field.name for field in fields(of_kind)}
    values = {name: size for name, size in SIZES.items() if name in known} | changes
    return of_kind(**values)  # type: ignore[arg-type]
