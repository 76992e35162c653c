"""All kinds of classifiers, by the names that IBM's training, YouTube-8M's code and we use.

A new kind is a file with a subclass of `ClipClassifier`, whose constructor takes its settings, and
a line in `FAMILY` (and in `Kind`, which mypy cannot read from there).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Literal, get_type_hints

from earmark.classifiers.settings import ClassifierSettings
from earmark.errors import UsageError

if TYPE_CHECKING:
    from earmark.classifiers.base import ClipClassifier

__all__ = ["ALIASES", "FAMILY", "Kind", "build", "kind_of", "settings_of"]

Kind = Literal[
    "decision_level_max_pooling",
    "decision_level_average_pooling",
    "decision_level_single_attention",
    "decision_level_multi_attention",
    "feature_level_attention",
    "logistic",
    "moe",
    "frame_level_logistic",
    "dbof",
    "lstm",
    "pooled_ensemble",
]

FAMILY: dict[Kind, str] = {
    "decision_level_max_pooling": "pooling:MaxPooling",
    "decision_level_average_pooling": "pooling:AveragePooling",
    "decision_level_single_attention": "attention:SingleLevelAttention",
    "decision_level_multi_attention": "attention:MultiLevelAttention",
    "feature_level_attention": "feature:FeatureLevelAttention",
    "logistic": "logistic:Logistic",
    "moe": "moe:MixtureOfExperts",
    "frame_level_logistic": "logistic:FrameLevelLogistic",
    "dbof": "dbof:BagOfFrames",
    "lstm": "lstm:Lstm",
    "pooled_ensemble": "pooled_ensemble:PooledEnsemble",
}
"""Of each kind its file in this folder and its class, which bring in PyTorch when they are used."""

ALIASES: dict[str, Kind] = {
    "multi-level-attention": "decision_level_multi_attention",
    "LogisticModel": "logistic",
    "MoeModel": "moe",
    "FrameLevelLogisticModel": "frame_level_logistic",
    "DbofModel": "dbof",
    "LstmModel": "lstm",
}
"""Other names: as ``compact`` calls its own, and YouTube-8M's."""

LARGEST = 2**29
"""Parameters; with their gradients and what Adam notes of them they take 8 GB of memory."""


def kind_of(name: str) -> Kind:
    """Return the kind that goes by a name or by another name of it.

    Raises
    ------
    UsageError
        If none does; the sentence lists them.
    """
    found = ALIASES.get(name)
    for kind in FAMILY:
        if kind in (name, found):
            return kind
    raise UsageError(f"{name} is no kind of classifier: choose one of {', '.join(FAMILY)}")


def settings_of(kind: str) -> type[ClassifierSettings]:
    """Return the type of a kind's settings: a frozen dataclass, which pydantic can validate.

    Raises
    ------
    UsageError
        If there is no such kind.
    """
    found: type[ClassifierSettings] = get_type_hints(_class(kind).__init__)["settings"]
    return found


def build(kind: str, settings: ClassifierSettings | None = None) -> ClipClassifier:
    """Make a classifier with random weights.

    Parameters
    ----------
    kind : str
        Its name.
    settings : ClassifierSettings, optional
        Its sizes, of the type that `settings_of` gives; those of its paper if not given.

    Raises
    ------
    UsageError
        If there is no such kind, the settings are another's, or no memory would hold it.
    """
    made_with = settings_of(kind)
    if settings is None:
        settings = made_with()
    if not isinstance(settings, made_with):
        raise UsageError(
            f"{kind} takes {made_with.__name__}, and not {type(settings).__name__}: "
            f"make them with settings_of({kind!r})"
        )
    _require_memory_for(_class(kind), settings)
    return _class(kind)(settings)


def _require_memory_for(kind: type[ClipClassifier], settings: ClassifierSettings) -> None:
    """Refuse sizes that are a slip of the keyboard."""
    import torch

    if torch.get_default_device().type == "meta":
        return  # which takes no memory
    with torch.device("meta"):
        count = sum(parameter.numel() for parameter in kind(settings).parameters())
    if count > LARGEST:
        raise UsageError(
            f"a classifier with {settings} has {count / 1e9:.1f} billion parameters, and at most "
            f"{LARGEST / 1e9:.1f} billion are made: choose smaller sizes"
        )


def _class(kind: str) -> type[ClipClassifier]:
    file, _, name = FAMILY[kind_of(kind)].partition(":")
    found: type[ClipClassifier] = getattr(import_module(f"earmark.classifiers.{file}"), name)
    return found
