"""Options of the commands that read embedding sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from earmark.formats import FormatName

__all__ = ["Embedder", "Segments", "Source", "Split", "Threads"]

Segments = Annotated[
    list[Path] | None,
    typer.Option(
        "--segments",
        metavar="CSV",
        help="Take times and labels from this list, by id; give it again for more.",
        show_default=False,
    ),
]
Split = Annotated[
    str | None,
    typer.Option(
        "--split",
        metavar="NAME",
        help="Of AudioSet's folders only this one: bal_train, unbal_train or eval.",
        show_default=False,
    ),
]
Source = Annotated[
    FormatName | None,
    typer.Option("--from", help="What to read; as the sets are named.", show_default=False),
]
Embedder = Annotated[
    str | None,
    typer.Option(
        "--embedder",
        metavar="NAME",
        help="Whose embeddings they are, where the files do not say: a tagger, its folder, or "
        "audioset, which is what they are taken for.",
        show_default=False,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        min=1,
        help="How many threads to use; as many as there are cores if not given.",
        show_default=False,
    ),
]
