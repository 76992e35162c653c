"""The benchmark of own sounds, at a small size."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import own_sounds


def test_it_measures(capsys: pytest.CaptureFixture[str]) -> None:
    own_sounds.main(["--each", "1", "--rounds", "1", "--without-training"])
    printed = capsys.readouterr().out
    assert printed.startswith("5 recordings of 5 s, MP3, 44.1 kHz; ")
    for row in ("one thread", "processes", "from the cache"):
        assert row in printed


def test_recordings_differ(tmp_path: Path) -> None:
    folder = own_sounds.make(tmp_path / "sounds", each=2)
    found = [path.read_bytes() for path in folder.rglob("*.mp3")]
    assert len(set(found)) == len(found) == 10
