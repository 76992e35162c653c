"""The taggers that a client can choose: the one that the service came with, and those trained."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.bundle import Bundle
from earmark.errors import EarmarkError, UsageError
from earmark.serving.deepaas.places import MODELS
from earmark.serving.deepaas.settings import DeepaasSettings

if TYPE_CHECKING:
    from earmark.tagging import Tagger

__all__ = ["ORIGINAL", "TIME", "about", "choose", "names", "newest", "opened"]

ORIGINAL = "default"
"""The name of the one that the service came with, as DEEP-OC's clients know it."""
TIME = "%Y-%m-%d_%H%M%S"
"""How a training's time is written, which is its result's name."""
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}_\d{6}")


def names(settings: DeepaasSettings) -> tuple[str, ...]:
    """List what can be chosen: the original, then what was trained, in order of time."""
    return (ORIGINAL, *sorted(_trained(settings)))


def newest(settings: DeepaasSettings) -> str:
    """Name the tagger that tags where a client names none: of the last training, if there is one.

    A result that takes no recordings, because it learnt from blocks of embeddings, is passed over.
    """
    times = sorted(filter(_TIME.fullmatch, _trained(settings)), reverse=True)
    return next((name for name in times if _takes_recordings(settings, name)), ORIGINAL)


def choose(name: str, settings: DeepaasSettings) -> Bundle:
    """Find the tagger of a name; of no name the newest.

    Raises
    ------
    UsageError
        If there is none.
    ModelError
        If its folder is not as it should be, or takes no recordings.
    """
    name = name or newest(settings)
    original = Bundle.find(settings.model)
    if name in (ORIGINAL, original.config.name):
        return original
    found = _trained(settings)
    if name not in found:
        known = ", ".join(names(settings))
        raise UsageError(f"there is no timestamp {name[:100]!r}: there is {known}")
    bundle = Bundle.read(found[name])
    if not bundle.has_embedder:
        raise UsageError(
            f"the tagger {name} takes no recordings: it learnt from blocks of embeddings"
        )
    return bundle


def opened(bundle: Bundle) -> Tagger:
    """Open a tagger; the last few are kept."""
    return _opened(bundle.folder, (bundle.folder / "config.json").stat().st_mtime_ns)


@lru_cache(maxsize=3)
def _opened(folder: Path, changed: int) -> Tagger:
    from earmark.tagging import Tagger

    return Tagger(Bundle.read(folder))


def about(bundle: Bundle) -> dict[str, str]:
    """Say something of each class by its name: what its ``info.txt`` said, else nothing."""
    lists = bundle.folder / "dataset_files"
    try:
        lines = [
            [line.strip() for line in (lists / name).read_text("utf-8-sig").splitlines()]
            for name in ("classes.txt", "info.txt")
        ]
    except (OSError, UnicodeDecodeError):
        return {}
    classes, infos = [[line for line in each if line] for each in lines]
    return dict(zip(classes, infos, strict=True)) if len(classes) == len(infos) else {}


def _trained(settings: DeepaasSettings) -> dict[str, Path]:
    """The folders of finished trainings, by their names."""
    return {
        path.parent.name: path.parent
        for path in (settings.base / MODELS).glob("*/config.json")
        if path.parent.name != ORIGINAL
    }


def _takes_recordings(settings: DeepaasSettings, name: str) -> bool:
    try:
        choose(name, settings)
    except (EarmarkError, json.JSONDecodeError):
        return False
    return True
