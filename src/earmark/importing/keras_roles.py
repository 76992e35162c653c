"""Which of a head's layers is which, by the order in which Keras lists them.

Keras lists a model's layers from the input to the output, and those that are equally far from the
output in the order in which they are read: scores before their attention, level by level.
"""

from __future__ import annotations

from dataclasses import dataclass

from earmark.classifiers.family import Kind

__all__ = ["ROLES", "Roles"]


@dataclass(frozen=True)
class Roles:
    """The parts of a head, by their names in PyTorch, in Keras's order."""

    dense: tuple[str, ...]
    norms: tuple[str, ...]

    @property
    def counts(self) -> tuple[int, int]:
        """How many Dense and BatchNormalization layers it has."""
        return len(self.dense), len(self.norms)


def _roles(*dense: str, norms: tuple[str, ...] = ()) -> Roles:
    hidden = range(3)
    return Roles(
        dense=(*(f"layers.{layer}.linear" for layer in hidden), *dense),
        norms=(*(f"layers.{layer}.normalise" for layer in hidden), *norms),
    )


ROLES: dict[Kind, Roles] = {
    "decision_level_max_pooling": _roles("score"),
    "decision_level_average_pooling": _roles("score"),
    "decision_level_single_attention": _roles("level.score", "level.attend"),
    "decision_level_multi_attention": _roles(
        "levels.0.score", "levels.0.attend", "levels.1.score", "levels.1.attend", "output"
    ),
    "feature_level_attention": _roles("value", "attend", "output", norms=("normalise",)),
}
