"""What training begins with: random weights, or those of a tagger that was trained before.

A tagger's classes are known by their ids. Where they are not those of the new data, what belongs to
a class goes to the class of the same id, and the others begin at random: rows of the last layer as
a rule, which is thereby replaced where no class is the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from pydantic import Field, model_validator
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from earmark.bundle import Bundle
from earmark.classifiers.base import ClipClassifier
from earmark.classifiers.family import kind_of
from earmark.classifiers.settings import COMPACT
from earmark.embedders.identity import Identity
from earmark.errors import ModelError, UsageError
from earmark.ontology import Label
from earmark.training.choice import ClassifierChoice
from earmark.training.group import Group

__all__ = ["AVERAGE", "StartSettings", "Started", "choice_of", "freeze", "start", "use_prior"]


AVERAGE = "average of"
"""How the kind of a tagger begins that averages the scores of several."""
_WITH_CONCEPTS = "decision_level_multi_attention"


class StartSettings(Group):
    """What training begins with."""

    folder: str | None = None
    """A tagger's folder or name, whose classifier to go on from; random weights without one."""
    rate: float = Field(default=1.0, ge=0, le=1)
    """Learning rate of the weights that come from there, as a share of the others'; 0 to leave
    them as they are, so that only what is new learns."""
    prior: bool = False
    """Whether the last layer begins with the share of the clips that have each class, and not by
    learning that most classes are absent most of the time."""

    @model_validator(mode="after")
    def _rate_of_something(self) -> StartSettings:
        if self.folder is None and self.rate != 1:
            raise ValueError("rate is of weights that come from a folder, and there is none")
        return self


@dataclass(frozen=True)
class Started:
    """A classifier to train, and which of its weights are not new."""

    classifier: ClipClassifier
    kept: frozenset[str]
    """Names of the weights that another training made, all of them."""


def choice_of(name: str) -> ClassifierChoice:
    """Say which classifier a tagger has, with its sizes.

    Raises
    ------
    ModelError
        If there is no such tagger, it has no classifier, or does not say of which sizes.
    """
    bundle = Bundle.find(name)
    bundle.require_classifier()
    kind = str(bundle.config.classifier)
    if kind.startswith(AVERAGE):
        raise ModelError(
            f"{bundle.title} is an {kind} and cannot be gone on from: start from one of them, "
            "whose folders are in its own"
        )
    sizes = json.loads((bundle.folder / "config.json").read_text())["classifier"].get("settings")
    if sizes is None and kind == "multi-level-attention":
        sizes = {key: getattr(COMPACT, key) for key in ("hidden", "n_layers", "dropout", "epsilon")}
    try:
        return ClassifierChoice.model_validate({"kind": kind_of(kind), **(sizes or {})})
    except (UsageError, ValueError) as error:
        raise ModelError(
            f"{bundle.title} cannot be gone on from: its classifier is {kind!r}, of which nothing "
            "here knows the sizes; start from a tagger that `earmark train` made"
        ) from error


def start(
    settings: StartSettings,
    choice: ClassifierChoice,
    *,
    table: Sequence[Label],
    exclusive: bool,
    identity: Identity,
) -> Started:
    """Make the classifier that is to be trained.

    Parameters
    ----------
    settings : StartSettings
    choice : ClassifierChoice
        Its kind and sizes.
    table : sequence of Label
        The classes it shall know.
    exclusive : bool
        Whether a clip has exactly one of them.
    identity : Identity
        Whose embeddings it will read.

    Raises
    ------
    ModelError
        If the tagger to start from reads other embeddings, or its weights do not fit.
    """
    if settings.folder is None:
        return Started(choice.build(n_classes=len(table), exclusive=exclusive), frozenset())
    bundle = Bundle.find(settings.folder)
    bundle.require_classifier()
    identity.require(bundle.config.embedder, what=f"the tagger {settings.folder}")
    rows = _rows([label.id for label in bundle.labels], [label.id for label in table])
    if choice.kind == _WITH_CONCEPTS and not rows.same:
        # What its attention says of the old classes stays, and the new ones come after it.
        sizes = {"n_concepts": rows.old, **choice.sizes}
        choice = ClassifierChoice.model_validate({"kind": choice.kind, **sizes})
    classifier = choice.build(n_classes=len(table), exclusive=exclusive)
    stored, kept = _weights(bundle), set()
    for name, value in _state(classifier).items():
        if name not in stored:
            raise ModelError(
                f"{settings.folder} is no {choice.kind} of these sizes: it has no weights "
                f"{name!r}; leave --kind and the classifier's settings out to take the tagger's own"
            )
        by_class = choice.kind != _WITH_CONCEPTS or name.startswith("output.")
        if _take(value, stored[name], rows, by_class=by_class, where=settings.folder):
            kept.add(name)
    return Started(classifier, frozenset(kept))


def freeze(started: Started, settings: StartSettings) -> None:
    """Have the weights that are not new left as they are, if that is wanted."""
    if settings.rate == 0:
        for name, parameter in started.classifier.named_parameters():
            parameter.requires_grad_(name not in started.kept)


def use_prior(classifier: ClipClassifier, prior: Tensor) -> None:
    """Set the biases of the last layer, one or more for each class, to the logits of a prior.

    Parameters
    ----------
    classifier : ClipClassifier
        Of its biases whose first axis is that of classes, those of layers called ``output`` are
        meant, or else the last but for attention's; nothing is done if there is none.
    prior : float32 [class]
    """
    found = {
        name: value
        for name, value in classifier.named_parameters()
        if name.endswith("bias") and len(value) == len(prior) and "attend" not in name
    }
    outputs = [value for name, value in found.items() if f".{name}".endswith(".output.bias")]
    logits = torch.logit(prior.clamp(1e-4, 1 - 1e-4))
    with torch.no_grad():
        for bias in outputs or list(found.values())[-1:]:
            bias.copy_(logits.view(-1, *[1] * (bias.ndim - 1)).expand_as(bias))


@dataclass(frozen=True)
class _Rows:
    """Which classes two taggers share."""

    old: int
    new: int
    of_old: Tensor
    """int64 [n]: numbers there."""
    of_new: Tensor
    """int64 [n]: their numbers here."""

    @property
    def same(self) -> bool:
        """Whether all classes are the same, in the same order."""
        every = self.old == self.new == len(self.of_old)
        return every and bool((self.of_old == self.of_new).all())


def _rows(old: Sequence[str], new: Sequence[str]) -> _Rows:
    where = {name: index for index, name in enumerate(old)}
    both = [(where[name], index) for index, name in enumerate(new) if name in where]
    pairs = torch.tensor(both, dtype=torch.int64).reshape(-1, 2)
    return _Rows(len(old), len(new), pairs[:, 0], pairs[:, 1])


def _weights(bundle: Bundle) -> dict[str, Tensor]:
    path = bundle.folder / "model.safetensors"
    try:
        stored = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"{path} cannot be read, so training cannot go on from it: {error}"
        ) from error
    part = "classifier."
    return {k.removeprefix(part): v.float() for k, v in stored.items() if k.startswith(part)}


def _state(module: nn.Module) -> dict[str, Tensor]:
    return {name: v for name, v in module.state_dict().items() if v.is_floating_point()}


@torch.no_grad()
def _take(value: Tensor, stored: Tensor, rows: _Rows, *, by_class: bool, where: str) -> bool:
    """Fill weights from stored ones, as far as they are of the same classes.

    Returns
    -------
    bool
        Whether that was all of them.
    """
    each, over = divmod(len(value), rows.new) if value.ndim else (0, 1)
    by_class = by_class and not over and len(stored) == each * rows.old
    if value.shape == stored.shape and (rows.same or not by_class):
        value.copy_(stored)
        return True
    if not by_class or value.shape[1:] != stored.shape[1:]:
        raise ModelError(
            f"{where} has weights of shape {list(stored.shape)} where {list(value.shape)} are "
            "needed: leave --kind and the classifier's settings out to take the tagger's own"
        )
    # Where there are several rows for each class, as of experts, they stand one after the other.
    rest = value.shape[1:]
    view, other = value.view(each, rows.new, *rest), stored.view(each, rows.old, *rest)
    view[:, rows.of_new] = other[:, rows.of_old]
    return False
