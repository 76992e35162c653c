"""docs/deepaas.md names every argument and every setting, with what it is if not given."""

from __future__ import annotations

import json
from typing import Any

from conftest import ROOT

from earmark.serving.deepaas.arguments import TrainArguments, grouped
from earmark.serving.deepaas.settings import DeepaasSettings

PAGE = (ROOT / "docs" / "deepaas.md").read_text(encoding="utf-8")


def test_arguments() -> None:
    for group in grouped(TrainArguments()).values():
        for name, value in group.items():
            assert f"| `{name}` | {written(value)} |" in PAGE


def test_settings() -> None:
    defaults: dict[str, Any] = DeepaasSettings().model_dump(mode="json")
    defaults |= {"folder": "the working directory", "data_folders": "none"}
    for name, value in defaults.items():
        shown = value if isinstance(value, str) else written(value)
        assert f"| `{name}` | {shown} |" in PAGE


def written(value: Any) -> str:
    """As the page writes it."""
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)
