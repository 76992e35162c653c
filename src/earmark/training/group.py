"""A group of settings: nothing in it is unknown, of the wrong kind, or changed afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["Group", "sentence"]


class Group(BaseModel):
    """What all groups of settings have in common.

    Each group stands in the file of what it sets, so that a new setting is a change of one file.
    The text below a field is its description, which recipes and the documentation show.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def sentence(fault: ErrorDetails) -> str:
    """Say what is wrong with a setting, with its whole name and its value."""
    name = ".".join(str(part) for part in fault["loc"])
    said = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "value_error":
        return f"{name}: {said}" if name else said
    if fault["type"] == "model_type":
        return f"{name} is {fault['input']!r}: it is a group of settings, each with its own name"
    should = f"{said[:1].lower()}{said[1:]}".replace("input should", "it should", 1)
    return f"{name} is {fault['input']!r}: {should.partition(', unable')[0]}"
