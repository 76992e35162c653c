"""Settings of a service."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from earmark.errors import UsageError
from earmark.serving.settings import ServeSettings


def test_flags_go_before_the_environment_and_both_before_the_defaults() -> None:
    environment = {"EARMARK_SERVE_PORT": "80", "EARMARK_SERVE_HOST": "::1", "OTHER": "x"}
    settings = ServeSettings.read(environment, port=81, host=None)
    assert (settings.port, settings.host, settings.models) == (81, "::1", ("compact",))


def test_models_are_separated_by_commas() -> None:
    assert ServeSettings.read({"EARMARK_SERVE_MODELS": "a,b/c"}).models == ("a", "b/c")


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("PORT", "70000"), ("JOBS", "0"), ("QUEUE", "-1")]
)
def test_what_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"^{name.lower()} is '{value}': "):
        ServeSettings.read({f"EARMARK_SERVE_{name}": value})


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ServeSettings().port = 1


@pytest.mark.parametrize("keys", ["secret,", "my secret", "gehe\u00edm"])
def test_a_key_is_not_shown(keys: str) -> None:
    with pytest.raises(UsageError, match=r"^api_keys must be printable ASCII") as refused:
        ServeSettings.read({"EARMARK_SERVE_API_KEYS": keys})
    assert keys not in str(refused.value)
    assert "hidden" not in repr(ServeSettings(api_keys=("hidden",)))
