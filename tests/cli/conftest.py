"""The placeholder tagger, a folder of recordings, and the program to try on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import placeholder
import pytest
import sounds

from earmark import ontology
from earmark.cli.main import run


@dataclass(frozen=True)
class Outcome:
    """What the program did."""

    code: int
    out: str
    err: str


Program = Callable[..., Outcome]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tagger's folder."""
    labels = [(label.id, label.name) for label in ontology.labels()]
    return placeholder.build(tmp_path_factory.mktemp("tagger"), labels=labels)


@pytest.fixture
def earmark(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Program:
    """The program: takes its arguments, gives what came of them."""
    monkeypatch.setenv("EARMARK_MODEL", str(folder))
    monkeypatch.delenv("COLUMNS", raising=False)

    def program(*args: str | Path) -> Outcome:
        code = run([str(arg) for arg in args])
        captured = capsysbinary.readouterr()
        return Outcome(code, captured.out.decode(), captured.err.decode())

    return program


@pytest.fixture
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three recordings and a file that is none, in the current folder."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    quiet, low, high = sounds.silence(1.92), sounds.tone(500, 1.92), sounds.tone(3000, 2.88)
    sounds.write_wav(folder / "a.wav", np.concatenate([quiet, low, quiet]))
    sounds.write_wav(folder / "b.wav", np.concatenate([low, quiet, high]))
    sounds.write_wav(folder / "c.wav", high)
    (folder / "d.wav").write_bytes(b"this is no sound, whatever its name is")
    monkeypatch.chdir(tmp_path)
    return folder
