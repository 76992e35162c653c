"""What a run of the training of ``compact`` is made of, as read from a YAML file."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from earmark.errors import DataError
from earmark.training.classify import ClassifyConfig
from earmark.training.distil import DistilConfig
from earmark.training.mixing import MixingConfig

__all__ = ["CorpusFolder", "Recipe", "read_recipe"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CorpusFolder(_Strict):
    """A body of recordings."""

    folder: Path
    hold_out: bool
    """Keep whole sources and ESC-50's fold 5 out of training; else train on all of it."""


class Recipe(_Strict):
    """The settings of a run; paths are relative to the working folder."""

    name: str = "compact"
    version: str = "1"
    """Of the weights: others, another version."""
    seed: int
    teacher: Path
    yamnet: Path
    """Not a teacher: a peer, measured beside the tagger."""
    corpora: tuple[CorpusFolder, ...]
    workspace: Path
    """Where decoded recordings, checkpoints and logs go."""
    workers: int = 1
    capacity: int = 12_000
    warm_up_clips: int = 1_500
    fresh_blocks: float = 0.6
    batch: int = 128
    mixing: MixingConfig = Field(default_factory=MixingConfig)
    distil: DistilConfig = Field(default_factory=DistilConfig)
    classify: ClassifyConfig = Field(default_factory=ClassifyConfig)


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises
    ------
    DataError
        If the file cannot be read or a setting is missing, unknown or of the wrong kind.
    """
    try:
        return Recipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, ValidationError) as error:
        raise DataError(f"{path}: is not a recipe: {error}") from error
