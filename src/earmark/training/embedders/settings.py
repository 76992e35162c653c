"""Which embedder goes into a tagger of a person's own sounds, as settings of a recipe."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from earmark.embedders import EMBEDDING_SIZE
from earmark.training.group import Group

__all__ = ["HOW", "BatchSettings", "EmbedderSettings", "FineTuneSettings", "Kind", "RefitSettings"]

Kind = Literal["frozen", "refit", "fine-tune"]
HOW: dict[Kind, str] = {"refit": "refitted", "fine-tune": "fine-tuned"}
"""What is done to an embedder, in a word."""


class RefitSettings(Group):
    """How the last layer is refitted."""

    directions: int = Field(default=64, ge=1, le=EMBEDDING_SIZE)
    """How many of the 128 numbers tell classes apart at most; they are one less than the classes
    at most, too."""
    widest: int = Field(default=400, ge=1)
    """They are looked for among so many directions in which inner features spread most."""
    shrinkage: float = Field(default=0.03, ge=0, le=1)
    """How little the spread within classes is trusted, as far as directions differ in it."""


class BatchSettings(Group):
    """What an embedder is given at each step of being fine-tuned."""

    batch: int = Field(default=32, ge=2, le=4096)
    """How many clips."""
    patches: int = Field(default=2, ge=1, le=10)
    """How many patches of each, drawn from all there are of it."""
    copies: int = Field(default=4, ge=0, le=100)
    """How many altered copies of each recording there are beside itself."""
    mixup: float = Field(default=0.5, ge=0, le=1)
    """Share of the batches in which clips are mixed with each other, as sounds mix."""
    masks: float = Field(default=0.5, ge=0, le=1)
    """Share of the patches of which some time, and of which some bands, are hidden (SpecAugment,
    Park et al. 2019, arXiv 1904.08779)."""


class FineTuneSettings(BatchSettings):
    """How an embedder is fine-tuned."""

    epochs: int = Field(default=16, ge=1, le=10_000)
    """Times through all clips."""
    rate: float = Field(default=2e-4, gt=0, le=1)
    """The highest learning rate of the embedder."""
    head_rate: float = Field(default=2e-3, gt=0, le=1)
    """The highest learning rate of the linear layer behind it."""
    warm_up: float = Field(default=0.1, ge=0, le=1)
    """First part of the steps, in which the rates rise; then they fall to nothing."""
    weight_decay: float = Field(default=0.05, ge=0, le=10)
    """Of matrices."""
    smoothing: float = Field(default=0.1, ge=0, lt=1)
    """How far labels of exclusive classes are moved towards all classes alike."""
    average: float = Field(default=0.99, ge=0, lt=1)
    """Decay of the running average of the weights, which is the result."""
    checkpoint_every: int = Field(default=100, ge=1)
    """After how many steps all is written that is needed to go on."""


class EmbedderSettings(Group):
    """Which embedder goes into a tagger of a person's own sounds."""

    kind: Kind = "frozen"
    """As it is; with its last layer refitted to what tells the classes apart, for which recordings
    are heard twice more; or trained as a whole, which takes many minutes."""
    refit: RefitSettings = RefitSettings()
    """How, for ``refit``."""
    fine_tune: FineTuneSettings = FineTuneSettings()
    """How, for ``fine-tune``."""
