"""docs/classifiers.md: its tables are made of the classifiers themselves, and its Python runs."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
import torch
from test_readme import ROOT, blocks, run_python
from torch.utils.flop_counter import FlopCounterMode

from earmark.classifiers.family import ALIASES, FAMILY, Kind, build, settings_of
from earmark.classifiers.settings import ClassifierSettings, descriptions

PAGE = ROOT / "docs" / "classifiers.md"
TEXT = PAGE.read_text(encoding="utf-8")
OTHER_NAMES = {kind: name for name, kind in ALIASES.items() if name.endswith("Model")}


def sizes_row(kind: Kind) -> str:
    """A row of the table of sizes: parameters, and multiplications for a clip of ten patches."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        made = build(kind).eval()
        made.clip_logits(torch.empty(1, 10, 128), torch.ones(1, 10))
    n_parameters = sum(parameter.numel() for parameter in made.parameters())
    other = f"`{OTHER_NAMES[kind]}`" if kind in OTHER_NAMES else ""
    products = counter.get_total_flops() / 2  # a product and a sum count as two
    return f"| `{kind}` | {other} | {_millions(n_parameters)} | {_millions(products)} |"


def settings_table(settings: type[ClassifierSettings]) -> str:
    """All of a type's own settings, with what they are if nothing is said, and what they mean."""
    said, hints = descriptions(settings), get_type_hints(settings)
    inherited = {name for base in settings.__mro__[1:-1] for name in _defaults(base)}
    rows = [
        f"| `{name}` | {_type(hints[name])} | {_shown(default)} | {said[name]} |".replace("\n", " ")
        for name, default in _defaults(settings).items()
        if name not in inherited
    ]
    return "\n".join(["| setting | is | default | meaning |", "|---|---|---|---|", *rows])


def _defaults(settings: type) -> dict[str, Any]:
    return {field.name: field.default for field in fields(settings)}


def _millions(count: float) -> str:
    return f"{count / 1e6:.2f} M" if count < 1e7 else f"{count / 1e6:.1f} M"


def _type(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " or ".join(get_args(hint))
    names = {int: "a whole number", float: "a number", bool: "true or false", type(None): "null"}
    options = get_args(hint) if get_origin(hint) is Union or "|" in str(hint) else (hint,)
    return " or ".join(names[option] for option in options)


def _shown(default: Any) -> str:
    assert default is not MISSING
    if isinstance(default, bool) or default is None:
        return {True: "true", False: "false", None: "null"}[default]
    return f"{default:g}" if isinstance(default, float) else str(default)


@pytest.mark.parametrize("kind", FAMILY)
def test_how_large_each_kind_is(kind: Kind) -> None:
    assert sizes_row(kind) in TEXT


TYPES = list(
    dict.fromkeys(
        base
        for kind in FAMILY
        for base in reversed(settings_of(kind).__mro__)
        if issubclass(base, ClassifierSettings)
    )
)


@pytest.mark.parametrize("settings", TYPES, ids=lambda settings: settings.__name__)
def test_every_setting_of_every_kind(settings: type[ClassifierSettings]) -> None:
    assert settings_table(settings) in TEXT


def test_the_python_on_it_runs() -> None:
    found = [block for block in blocks(TEXT) if block.language == "python"]
    assert found
    variables: dict[str, object] = {"__name__": "__page__"}
    for block in found:
        run_python(block, page=PAGE.name, variables=variables)
    assert variables["scores"].shape == (2, 527)  # type: ignore[attr-defined]


if __name__ == "__main__":  # what the page is to say, to be pasted there
    for a_kind in FAMILY:
        print(sizes_row(a_kind))
    for a_type in TYPES:
        print(f"\n{a_type.__name__}\n\n{settings_table(a_type)}")
