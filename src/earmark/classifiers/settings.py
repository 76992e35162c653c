"""What every classifier's settings have in common, and those of the attention family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter

__all__ = [
    "COMPACT",
    "AttentionSettings",
    "ClassifierSettings",
    "CompactSettings",
    "Depth",
    "MultiAttentionSettings",
    "Size",
    "descriptions",
]

Size = Annotated[int, Field(ge=1, le=2**20)]
"""How many of something a network has."""
Depth = Annotated[int, Field(ge=1, le=100)]
"""How many layers it has, one after the other."""


@dataclass(frozen=True, kw_only=True)
class ClassifierSettings:
    """What every kind of classifier is told."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", use_attribute_docstrings=True
    )

    n_inputs: Size = 128
    """Numbers in an embedding."""
    n_classes: Size = 527
    """Classes that are scored."""
    exclusive: bool = False
    """Whether a clip has exactly one class, so that its scores sum to 1."""


@dataclass(frozen=True, kw_only=True)
class AttentionSettings(ClassifierSettings):
    """The attention family, in the sizes of Kong et al. 2018 (https://arxiv.org/abs/1711.00927)."""

    hidden: Size = 1024
    """Units of a hidden layer."""
    n_layers: Depth = 3
    """Hidden layers."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Share of a hidden layer's outputs that each step of training leaves out."""
    epsilon: Annotated[float, Field(gt=0, le=1)] = 1e-3
    """Added to the variance by batch normalisation: 1e-3 in Keras, 1e-5 in PyTorch."""


@dataclass(frozen=True, kw_only=True)
class MultiAttentionSettings(AttentionSettings):
    """As Yu et al. 2018 (https://arxiv.org/abs/1803.02353) have it, with two levels."""

    n_levels: Depth = 2
    """How many hidden layers, counted from the last, have an attention module."""
    n_concepts: Size | None = None
    """Classes of the attention modules where they are not those of the output: DEEP-OC puts a new
    output on what AudioSet's 527 classes say."""

    def __post_init__(self) -> None:
        if self.n_levels > self.n_layers:
            raise ValueError(f"n_levels is {self.n_levels}, and there are {self.n_layers} n_layers")


@dataclass(frozen=True, kw_only=True)
class CompactSettings(MultiAttentionSettings):
    """As ``compact``, the tagger that is shipped, has it."""

    hidden: Size = 512
    n_layers: Depth = 2
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    epsilon: Annotated[float, Field(gt=0, le=1)] = 1e-5


COMPACT = CompactSettings()


def descriptions(settings: type[ClassifierSettings]) -> dict[str, str]:
    """Say what each setting means, by its name, in the order of the fields."""
    found: dict[str, str] = {}
    for base in reversed(settings.__mro__):  # pydantic sees the docstrings of one class alone
        if issubclass(base, ClassifierSettings):
            for name, entry in TypeAdapter(base).json_schema()["properties"].items():
                if "description" in entry:
                    found[name] = entry["description"]
    return found
