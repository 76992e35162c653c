"""What the module is told through the environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from earmark.errors import UsageError
from earmark.serving.deepaas.settings import DeepaasSettings


def test_what_is_not_said() -> None:
    settings = DeepaasSettings.read({"EARMARK_DEEPAAS_MODEL": ""})
    assert settings.model == "compact"
    assert settings.base == Path.cwd()
    assert not settings.allow_private
    assert settings.error_status == "200"


def test_what_is_said(tmp_path: Path) -> None:
    folders = [str(tmp_path / "a"), str(tmp_path / "b c")]
    settings = DeepaasSettings.read(
        {
            "EARMARK_DEEPAAS_FOLDER": str(tmp_path),
            "EARMARK_DEEPAAS_DATA_FOLDERS": os.pathsep.join(folders),
            "EARMARK_DEEPAAS_RECORDINGS": "5",
            "EARMARK_DEEPAAS_ALLOW_URLS": "false",
            "SOMETHING_ELSE": "1",
        }
    )
    assert settings.base == tmp_path.resolve()
    assert [str(each) for each in settings.data_folders] == folders
    assert settings.recordings == 5
    assert not settings.allow_urls


@pytest.mark.parametrize(
    ("name", "value"),
    [("RECORDINGS", "none"), ("DURATION_SECONDS", "0"), ("ERROR_STATUS", "500")],
)
def test_what_makes_no_sense(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=rf"EARMARK_DEEPAAS_{name} is '{value}'"):
        DeepaasSettings.read({f"EARMARK_DEEPAAS_{name}": value})
