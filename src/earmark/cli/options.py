"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = ["Fast", "Inputs", "Jobs", "Listing", "Model", "Output", "Quiet", "Short", "Start"]

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="RECORDING",
        help="Files, folders, patterns, URLs, zip and tar archives, or '-' for standard input.",
        show_default=False,
    ),
]
Model = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        metavar="NAME",
        envvar="EARMARK_MODEL",
        help="A tagger by name (see `earmark models list`), or its folder.",
    ),
]
Fast = Annotated[
    bool,
    typer.Option(
        "--fast", help="Use the tagger's embedder in eight bits: almost the same, in less time."
    ),
]
Start = Annotated[
    float,
    typer.Option("--start", metavar="SECONDS", min=0, help="Where in a recording to begin."),
]
Short = Annotated[
    Literal["loop", "pad", "error"],
    typer.Option(
        "--short",
        help="A recording of less than 0.975 s is repeated, filled with silence, or refused.",
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        min=1,
        help="How many recordings to work on at once; as many as there are cores if not given.",
        show_default=False,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Where to write, if not to stdout.",
        show_default=False,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No progress, and no last line where all went well."),
]
Listing = Annotated[
    Literal["table", "json", "jsonl", "csv"] | None,
    typer.Option("--format", "-f", help="A table on a terminal, else jsonl.", show_default=False),
]
