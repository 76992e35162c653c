"""Settings: what pydantic makes of them, as recipes do."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from earmark.classifiers.settings import (
    COMPACT,
    AttentionSettings,
    ClassifierSettings,
    CompactSettings,
    MultiAttentionSettings,
    descriptions,
)


def test_a_mapping_is_read() -> None:
    read = TypeAdapter(MultiAttentionSettings).validate_python
    found = read({"hidden": 12, "n_classes": 3})
    assert found == MultiAttentionSettings(hidden=12, n_classes=3)
    assert (found.n_layers, found.n_levels, found.n_inputs) == (3, 2, 128)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"hiden": 12}, "hiden\n  Unexpected keyword argument"),
        ({"hidden": 0}, "hidden\n  Input should be greater than or equal to 1"),
        ({"hidden": "wide"}, "hidden\n  Input should be a valid integer"),
        ({"dropout": 1.0}, "dropout\n  Input should be less than 1"),
        ({"epsilon": 0.0}, "epsilon\n  Input should be greater than 0"),
        ({"n_levels": 4}, "n_levels is 4, and there are 3 n_layers"),
    ],
)
def test_nonsense_is_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(MultiAttentionSettings).validate_python(values)


def test_a_shorter_family_has_no_levels() -> None:
    with pytest.raises(ValidationError, match="n_levels\n  Unexpected keyword argument"):
        TypeAdapter(AttentionSettings).validate_python({"n_levels": 1})


def test_every_setting_is_described() -> None:
    for settings in (ClassifierSettings, AttentionSettings, CompactSettings):
        described = descriptions(settings)
        assert list(described) == [field.name for field in fields(settings)]
        for name, text in described.items():
            assert text.endswith("."), name


def test_compact_is_smaller() -> None:
    assert (COMPACT.hidden, COMPACT.n_layers, COMPACT.n_levels) == (512, 2, 2)
