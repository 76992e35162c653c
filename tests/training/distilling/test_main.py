"""Training from the command line."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from miniature import Made

from earmark.training.distilling import __main__ as command
from earmark.training.distilling.recipe import Recipe, read_recipe

ROOT = Path(__file__).resolve().parents[3]


def test_it_prints_what_was_measured(
    made: Made, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[Recipe, Path]] = []

    def make(recipe: Recipe, folder: Path) -> object:
        asked.append((recipe, folder))
        return made.report

    monkeypatch.setattr(command, "make_tagger", make)
    recipe = ROOT / "recipes" / "compact.yaml"
    assert command.main([str(recipe), "out"]) == 0
    assert asked == [(read_recipe(recipe), Path("out"))]
    assert json.loads(capsys.readouterr().out) == asdict(made.report)


def test_what_cannot_be_made_is_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "none.yaml"
    assert command.main([str(path), "out"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"{path}: cannot be read (No such file or directory)\n"


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        command.main(["--help"])
    assert "recipes/compact.yaml" in capsys.readouterr().out
