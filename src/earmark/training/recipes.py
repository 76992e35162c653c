"""Settings from a recipe and from what was typed beside it, checked before anything runs.

A recipe is a YAML file with some of the settings; the others are what they are when nobody sets
them. What is typed goes before what a recipe says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from earmark.errors import UsageError
from earmark.training.group import Group, sentence
from earmark.training.settings import TrainSettings

__all__ = ["as_recipe", "read_recipe", "settings_from"]

Values = dict[str, Any]
"""Settings as a recipe has them: groups within groups."""


def read_recipe(path: Path) -> Values:
    """Read a recipe; what stands in it is not checked yet.

    Raises
    ------
    UsageError
        If the file cannot be read, or is no YAML with names and values.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--recipe {path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"--recipe {path} is not YAML: {reason}") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise UsageError(f"--recipe {path} holds no settings: write them as `name: value`")
    return {str(name): value for name, value in found.items()}


def settings_from(
    recipe: Mapping[str, Any] | None = None,
    *,
    typed: Mapping[str, Any] | None = None,
    more: Sequence[str] = (),
    where: str = "",
) -> TrainSettings:
    """Put settings together and check them.

    Parameters
    ----------
    recipe : mapping, optional
        As `read_recipe` gives it.
    typed : mapping, optional
        Settings by their whole names (``optimiser.lr``), which go before; None for not given.
    more : sequence of str
        Some more of them, written ``optimiser.lr=0.002``, which go before those.
    where : str
        What the recipe is called, for errors.

    Raises
    ------
    UsageError
        If a setting is unknown, of the wrong kind or out of bounds; the first such is named.

    Examples
    --------
    >>> settings_from({"batch": 100}, more=["optimiser.lr=0.002"]).optimiser.lr
    0.002
    """
    values: Values = _copied(recipe or {})
    for name, value in (typed or {}).items():
        if value is not None:
            _put(values, name, value)
    for text in more:
        name, is_one, value = text.partition("=")
        if not is_one:
            raise UsageError(f"--set {text} is no setting: write it as name=value")
        _put(values, name.strip(), _value(text, value))
    return _checked(values, where=where)


def as_recipe(settings: TrainSettings) -> str:
    """Write settings as a recipe, all of them, with what each means."""
    return "".join(f"{line}\n" for line in _lines(settings, ""))


def _checked(values: Values, *, where: str) -> TrainSettings:
    try:
        return TrainSettings.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        name = ".".join(str(part) for part in fault["loc"])
        place = f"{where}: " if where else ""
        if fault["type"] == "extra_forbidden":
            raise UsageError(f"{place}there is no setting {name}{_instead(name)}") from error
        raise UsageError(f"{place}{sentence(fault)}") from error


def _put(values: Values, name: str, value: Any) -> None:
    """Set one by its whole name."""
    *groups, last = name.split(".")
    at = values
    for group in groups:
        inner = at.setdefault(group, {})
        if not isinstance(inner, dict):
            raise UsageError(f"there is no setting {name}{_instead(name)}")
        at = inner
    if name == "classifier.kind" and at.get("kind") not in (None, value):
        at.clear()  # the sizes were those of another kind
    at[last] = value


def _value(text: str, value: str) -> Any:
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise UsageError(f"--set {text} has no value that YAML could read") from error


def _copied(values: Mapping[str, Any]) -> Values:
    return {k: _copied(v) if isinstance(v, Mapping) else v for k, v in values.items()}


def _instead(name: str) -> str:
    """Suggest settings that are called alike, or say where all of them are."""
    known = dict(_names(TrainSettings, ""))
    close = get_close_matches(name, known, n=2, cutoff=0.75) or [
        each for each in known if each.rpartition(".")[2] == name.rpartition(".")[2]
    ]
    if close:
        return f": did you mean {' or '.join(close[:2])}?"
    return "; `earmark train --dry-run` shows all there are"


def _names(group: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    """All settings by their whole names, with what they mean."""
    for name, field in group.model_fields.items():
        whole = f"{prefix}{name}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, Group):
            yield from _names(field.annotation, f"{whole}.")
        else:
            yield whole, field.description or ""


def _lines(group: Group, indent: str) -> Iterator[str]:
    for name, field in type(group).model_fields.items():
        value = getattr(group, name)
        if isinstance(value, Group):
            yield ""
            yield f"{indent}{name}:"
            yield from _lines(value, f"{indent}  ")
            continue
        for line in (field.description or "").splitlines():
            yield f"{indent}# {line}"
        choices = _choices(field.annotation)
        if choices:
            yield f"{indent}# One of {', '.join(choices)}."
        yield f"{indent}{name}: {_written(value)}"
    for name, value in (group.model_extra or {}).items():
        yield f"{indent}{name}: {_written(value)}"


def _choices(annotation: Any) -> list[str]:
    """Return what a setting can be, where it is one of a few names."""
    return list(get_args(annotation)) if get_origin(annotation) is Literal else []


def _written(value: Any) -> str:
    plain = list(value) if isinstance(value, tuple) else value
    text: str = yaml.safe_dump(plain, default_flow_style=True, width=1000)
    return text.removesuffix("...\n").strip()
