"""The program as a whole: commands, errors, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import pytest
import typer

from earmark import __version__
from earmark.cli.main import COMMANDS

from .conftest import Program


def test_version(earmark: Program) -> None:
    assert earmark("--version").out == f"earmark {__version__}\n"


def test_alone_it_shows_its_commands(earmark: Program) -> None:
    outcome = earmark()
    assert outcome.code == 0
    assert all(command in outcome.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_an_example(earmark: Program, command: str) -> None:
    for args in ([command], ["models", "list"], ["models", "show"]):
        if args[0] != command or (command == "models") != (len(args) == 2):
            continue
        outcome = earmark(*args, "--help")
        assert outcome.code == 0
        assert f"earmark {' '.join(args)}" in outcome.out.split("Options")[0]


@pytest.mark.parametrize("module", COMMANDS.values())
def test_every_command_is_where_the_table_says(module: str) -> None:
    assert isinstance(import_module(module).app, typer.Typer)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["tagg"], "no such command 'tagg': did you mean 'tag'?"),
        (["tag"], "missing argument 'RECORDING"),
        (["tag", "a.wav", "--tok-k", "3"], "no such option"),
        (["tag", "a.wav", "--top-k", "0"], "--top-k"),
        (["tag", "a.wav", "--top-k", "many"], "--top-k"),
        (["tag", "a.wav", "--threshold", "2"], "--threshold"),
        (["tag", "a.wav", "--format", "xml"], "--format"),
        (["tag", "a.wav", "--pooling", "median"], "--pooling"),
        (["tag", "a.wav", "--start", "-3"], "--start"),
        (["tag", "a.wav", "--jobs", "0"], "--jobs"),
        (["tag", "a.wav", "--labels", "Rian"], "there is no label 'Rian': did you mean 'Rain'"),
        (["tag", "a.wav", "--labels", ","], "no labels are named"),
        (["tag", "a.wav", "--with-children"], "with_children needs labels"),
        (["tag", "a.wav", "--resume"], "--resume needs an --output"),
        (["tag", "a.wav", "--resume", "-o", "x.json"], "--resume needs an --output"),
        (["tag", "a.wav", "-o", "x.txt"], "call it .json, .jsonl or .csv"),
        (["tag", "a.wav", "-o", "b.wav"], "is named like a recording"),
        (["tag", "a.wav", "-o", "b.wav", "-f", "csv"], "is named like a recording"),
        (["tag", "a.wav", "-o", "no/such/folder/x.json"], "x.json cannot be written: No such file"),
        (["embed", "a.wav", "-o", "x.foo"], "x.foo may be of any format: name it .tfrecord, .h5"),
        (["embed", "a.wav", "-o", "x.csv"], "x.csv would hold no embeddings"),
        (["convert", "a.h5"], "missing option '--output'"),
        (["convert", "a.h5", "-o", "x.foo"], "x.foo may be of any format: name it .tfrecord, .h5"),
        (["convert", "a.h5", "-o", "x.tar.gz"], "x.tar.gz may be of any format"),
        (["embed", "a.wav"], "missing option '--output'"),
        (["labels", "zzzzz"], "no sound is called 'zzzzz'"),
        (["labels", "--tree", "--format", "csv"], "--tree is for people"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(
    earmark: Program, args: list[str], message: str
) -> None:
    outcome = earmark(*args)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("earmark: ")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_tagger_that_is_not_there_is_exit_code_1(earmark: Program) -> None:
    outcome = earmark("tag", "a.wav", "--model", "nobody")
    assert outcome.code == 1
    assert outcome.err.startswith("earmark: there is no tagger 'nobody': give the path of")


def test_starting_imports_nothing_that_is_slow_and_not_needed() -> None:
    script = "import json, sys; import earmark.cli.tag; print(json.dumps(sorted(sys.modules)))"
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    loaded = set(json.loads(result.stdout))
    assert not loaded & {"torch", "onnx", "rich", "av", "urllib.request", "zipfile", "tarfile"}
