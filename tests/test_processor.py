"""How much of the processor there is to use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from earmark import processor
from earmark.processor import cores


@pytest.fixture(autouse=True)
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the system says what a container may use: nothing, at first."""
    monkeypatch.setattr(processor, "_GROUPS", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    return tmp_path


def test_only_the_cores_that_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 5, 7}, raising=False)
    assert cores() == 3


def test_all_of_them_where_nobody_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert cores() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores() == 1


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        *[("200000 100000", 2), ("150000 100000", 2), ("20000 100000", 1)],
        *[("max 100000", 8), ("9900000 100000", 8), ("0 0", 8), ("nonsense", 8), ("", 8)],
    ],
)
def test_a_container_has_a_share(groups: Path, said: str, wanted: int) -> None:
    (groups / "cpu.max").write_text(f"{said}\n")
    assert cores() == wanted


@pytest.mark.parametrize(("work", "wanted"), [("300000", 3), ("-1", 8)])
def test_a_container_of_old(groups: Path, work: str, wanted: int) -> None:
    (groups / "cpu").mkdir()
    (groups / "cpu" / "cpu.cfs_quota_us").write_text(work)
    (groups / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert cores() == wanted
