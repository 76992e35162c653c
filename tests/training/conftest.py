"""What the tests of training share."""

from __future__ import annotations

import pytest
import without_graphs


@pytest.fixture(scope="session", autouse=True)
def _one_thread(one_thread: None) -> None:
    """All tests here."""


@pytest.fixture
def no_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write taggers without their graphs; `test_result` has them."""
    monkeypatch.setattr("earmark.training.result.export_tagger", without_graphs.export)
