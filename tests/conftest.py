"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> Iterator[None]:
    """Let the commands that tests start hear Ctrl-C, even where a shell runs the tests behind it.

    A shell has its background jobs ignore it, and what they start inherits that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of reference data, or skip the test that asks for it.

    It lies where ``EARMARK_SHARED`` points, else at ``../shared/data`` from the project's root.
    """
    folder = Path(os.environ.get("EARMARK_SHARED") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder}: set EARMARK_SHARED to where it lies")
    return folder
