"""The sizes of the attention family, and those that Kong and IBM train it with."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COMPACT", "KONG", "AttentionConfig"]


@dataclass(frozen=True, kw_only=True)
class AttentionConfig:
    """The sizes of a classifier."""

    n_inputs: int = 128
    n_classes: int = 527
    hidden: int = 512
    n_layers: int = 2
    """Hidden layers."""
    dropout: float = 0.2
    epsilon: float = 1e-5
    """Added to the variance by batch normalisation; Keras adds 1e-3 unless told otherwise."""
    n_levels: int | None = None
    """How many hidden layers, counted from the last, have an attention module; all if None."""
    n_concepts: int | None = None
    """Classes of the attention modules where they are not those of the output: DEEP-OC puts a new
    output on what AudioSet's 527 classes say."""
    exclusive: bool = False
    """Whether a clip has exactly one class, so that its scores sum to 1."""


COMPACT = AttentionConfig()
"""As ``compact`` has it."""

KONG = AttentionConfig(hidden=1024, n_layers=3, dropout=0.5, epsilon=1e-3, n_levels=2)
"""As Kong et al. 2018 (https://arxiv.org/abs/1711.00927) and Yu et al. 2018
(https://arxiv.org/abs/1803.02353) have it, in Keras."""
