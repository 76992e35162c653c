"""The attention family by the names that IBM's training and ours call its members by."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from torch import nn

from earmark.classifiers.attention import MultiLevelAttention, SingleLevelAttention
from earmark.classifiers.config import KONG, AttentionConfig
from earmark.classifiers.feature import FeatureLevelAttention
from earmark.classifiers.pooling import DecisionPooling

__all__ = ["FAMILY", "Kind", "build"]

Kind = Literal[
    "decision_level_max_pooling",
    "decision_level_average_pooling",
    "decision_level_single_attention",
    "decision_level_multi_attention",
    "feature_level_attention",
]

FAMILY: dict[Kind, Callable[[AttentionConfig], nn.Module]] = {
    "decision_level_max_pooling": partial(DecisionPooling, how="max"),
    "decision_level_average_pooling": partial(DecisionPooling, how="average"),
    "decision_level_single_attention": SingleLevelAttention,
    "decision_level_multi_attention": MultiLevelAttention,
    "feature_level_attention": FeatureLevelAttention,
}


def build(kind: Kind, config: AttentionConfig = KONG) -> nn.Module:
    """Make a classifier with random weights.

    Parameters
    ----------
    kind : str
        Its name.
    config : AttentionConfig
        Its sizes; Kong's if not given.

    Returns
    -------
    Module
        ``(embeddings float32 [clip, time, 128], mask float32 [clip, time])`` -> ``(scores float32
        [clip, class], patch_scores float32 [clip, time, class])``.
    """
    return FAMILY[kind](config)
