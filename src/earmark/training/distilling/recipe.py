"""What a run of the training of ``compact`` is made of, as read from a YAML file."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from earmark.classifiers.settings import CompactSettings
from earmark.errors import DataError
from earmark.training.distilling.distil import DistilConfig
from earmark.training.distilling.mixing import MixingConfig

__all__ = ["ClassifyConfig", "CorpusFolder", "Recipe", "read_recipe"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CorpusFolder(_Strict):
    """A body of recordings."""

    folder: Path
    hold_out: bool
    """Keep whole sources and ESC-50's fold 5 out of training; else train on all of it."""


class ClassifyConfig(_Strict):
    """How the classifier is fitted."""

    clips: int = Field(default=40_000, ge=1)
    """Fresh ones, made for it alone; 8 KB each in memory."""
    mixing: MixingConfig = Field(default_factory=MixingConfig)
    """How far they are from the recordings: a classifier profits from more mixtures."""
    epochs: int = 8
    batch: int = 128
    """Clips a step."""
    lr: float = 1e-3
    weight_decay: float = 0.01
    patch_weight: float = 0.5
    """Weight of the scores of single patches beside those of the clip."""
    part: float = 0.3
    """Share of clips that are shortened to a random run of their patches."""
    average: float = 0.995
    """Decay a step of the running average of the weights, which is what is used in the end."""
    seed: int = 1
    model: CompactSettings = Field(default_factory=CompactSettings)


class Recipe(_Strict):
    """The settings of a run; paths are relative to the working folder."""

    name: str = "compact"
    version: str = "1"
    """Of the weights: others, another version."""
    seed: int
    teacher: Path
    yamnet: Path
    """Not a teacher: a peer, measured beside the tagger."""
    start: Path | None = None
    """A tagger's folder whose embedder to go on from; without it, training starts from nothing."""
    corpora: tuple[CorpusFolder, ...]
    workspace: Path
    """Where decoded recordings, checkpoints and logs go."""
    workers: int = Field(default=1, ge=0)
    """Processes that make clips; with none, training waits for each of them."""
    capacity: int = Field(default=12_000, ge=1)
    """Clips in memory, about 150 KB each."""
    warm_up_clips: int = Field(default=1_500, ge=1)
    """Clips made before the first step."""
    fresh_blocks: float = Field(default=0.6, ge=0)
    """Blocks of 8 new clips for each step."""
    batch: int = Field(default=128, ge=2)
    """Patches a step."""
    mixing: MixingConfig = Field(default_factory=MixingConfig)
    distil: DistilConfig = Field(default_factory=DistilConfig)
    classify: ClassifyConfig = Field(default_factory=ClassifyConfig)


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises
    ------
    DataError
        If the file cannot be read or a setting is missing, unknown or of the wrong kind; every
        such setting is named.
    """
    try:
        return Recipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: is not YAML: {reason}") from error
    except ValidationError as error:
        raise DataError(f"{path}: is not a recipe: {_complaints(error)}") from error


def _complaints(error: ValidationError) -> str:
    """What is wrong, setting by setting, in one line."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'all of it'}: {fault['msg']}"
        for fault in error.errors()
    )
