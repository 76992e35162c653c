"""``earmark models`` and what the other commands say of folders that lack a network."""

from __future__ import annotations

import json
from pathlib import Path

import placeholder
import pytest

from .conftest import Program


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """The folder of an embedder alone."""
    return placeholder.embedder_alone(placeholder.build(tmp_path / "alone", labels=[("/m/a", "A")]))


def facts(earmark: Program, folder: Path) -> dict[str, str]:
    outcome = earmark("models", "show", folder)
    assert outcome.code == 0
    return {row["fact"]: row["value"] for row in map(json.loads, outcome.out.splitlines())}


def test_an_embedder_alone_is_shown_as_one(earmark: Program, alone: Path) -> None:
    shown = facts(earmark, alone)
    assert shown["networks"] == "embedder"
    assert shown["classifier"] == "none"
    assert shown["labels"] == "0"


def test_a_classifier_alone_is_shown_as_one(earmark: Program, tmp_path: Path) -> None:
    folder = placeholder.build(tmp_path / "lone", labels=[("/m/a", "A")])
    (folder / "embedder.onnx").unlink()
    assert facts(earmark, folder)["networks"] == "classifier"


def test_an_embedder_alone_embeds(earmark: Program, alone: Path, recordings: Path) -> None:
    outcome = earmark("embed", recordings / "c.wav", "--model", alone, "-o", "c.npz")
    assert outcome.code == 0
    assert Path("c.npz").is_file()


def test_an_embedder_alone_does_not_tag(earmark: Program, alone: Path, recordings: Path) -> None:
    outcome = earmark("tag", recordings / "c.wav", "--model", alone, "-o", "c.csv")
    assert outcome.code == 1
    assert outcome.err == (
        f"earmark: {alone} holds an embedder alone and cannot tag: it can `earmark embed`, and a "
        "tagger is made of it by `earmark models import` with a classifier\n"
    )
    assert not Path("c.csv").exists()


def test_a_classifier_alone_takes_no_recordings(
    earmark: Program, tmp_path: Path, recordings: Path
) -> None:
    folder = placeholder.build(tmp_path / "lone", labels=[("/m/a", "A")])
    (folder / "embedder.onnx").unlink()
    outcome = earmark("tag", recordings / "c.wav", "--model", folder)
    assert outcome.code == 1
    assert "embedder.onnx is missing: the folder holds a classifier alone" in outcome.err


@pytest.mark.parametrize("command", [["tag"], ["embed", "-o", "c.npz"]])
def test_fast_where_there_is_no_fast_one(
    earmark: Program, recordings: Path, command: list[str]
) -> None:
    outcome = earmark(*command, recordings / "c.wav", "--fast")
    assert outcome.code == 1
    assert "placeholder 1.0 has no fast embedder" in outcome.err
    assert outcome.err.endswith("use it without --fast\n")
