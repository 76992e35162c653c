"""Settings of a recipe."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from earmark.training.sounds.settings import DEFAULTS, SoundSettings


def test_every_setting_is_explained() -> None:
    for name, field in SoundSettings.model_fields.items():
        assert field.description, name
        assert field.description[0].isupper()


@pytest.mark.parametrize(
    "wrong",
    [
        {"validation": 1.0},
        {"validation": -0.1},
        {"copies": -1},
        {"classes": ()},
        {"columns": {"colour": "x"}},
        {"separator": ", "},
        {"unlabelled": "no"},
        {"nonsense": 1},
    ],
)
def test_nonsense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SoundSettings.model_validate(wrong)


def test_what_is_background() -> None:
    assert DEFAULTS.is_background(" Background ")
    assert DEFAULTS.is_background("_background_noise_")
    assert not DEFAULTS.is_background("noise")
    assert SoundSettings(background=("Noise",)).is_background("noise")
