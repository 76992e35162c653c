"""A group of settings: nothing in it is unknown, of the wrong kind, or changed afterwards."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["Group"]


class Group(BaseModel):
    """What all groups of settings have in common.

    Each group stands in the file of what it sets, so that a new setting is a change of one file.
    The text below a field is its description, which recipes and the documentation show.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
