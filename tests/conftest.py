"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of reference data, or skip the test that asks for it.

    It lies where ``EARMARK_SHARED`` points, else at ``../shared/data`` from the project's root.
    """
    folder = Path(os.environ.get("EARMARK_SHARED") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder}: set EARMARK_SHARED to where it lies")
    return folder
