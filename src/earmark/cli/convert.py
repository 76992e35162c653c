"""``earmark convert``: embedding sets -> an embedding set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from earmark.cli.converting import Conversion, identity_of
from earmark.cli.options import Quiet
from earmark.formats import FormatName, Values, stream, write

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command()
def convert(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="Embedding sets: files, folders of them, patterns, AudioSet's features.tar.gz.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write.", show_default=False),
    ],
    format: Annotated[
        FormatName | None,
        typer.Option(
            "--format", "-f", help="What to write; as the output is named.", show_default=False
        ),
    ] = None,
    source: Annotated[
        FormatName | None,
        typer.Option("--from", help="What to read; as the inputs are named.", show_default=False),
    ] = None,
    segments: Annotated[
        list[Path] | None,
        typer.Option(
            "--segments",
            metavar="CSV",
            help="Take times and labels from this list, by id; give it again for more.",
            show_default=False,
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            "--split",
            metavar="NAME",
            help="Of AudioSet's folders only this one: bal_train, unbal_train or eval.",
            show_default=False,
        ),
    ] = None,
    embedder: Annotated[
        str | None,
        typer.Option(
            "--embedder",
            metavar="NAME",
            help="Whose embeddings they are, where the files do not say: a tagger, its folder, or "
            "audioset, which is what they are taken for.",
            show_default=False,
        ),
    ] = None,
    values: Annotated[
        Values,
        typer.Option(
            "--values",
            help="What the numbers in .npy blocks are: bytes as Kong or YouTube-8M read them, or "
            "embeddings that never were bytes.",
        ),
    ] = "kong",
    quiet: Quiet = False,
) -> None:
    """Turn embedding sets of any format into one of any other.

    [dim]earmark convert features.tar.gz --split bal_train -o bal_train.h5[/dim]

    [dim]earmark convert bal_train.h5 --segments balanced_train_segments.csv -o train.parquet[/dim]
    """
    conversion = Conversion(quiet=quiet)
    clips = stream(
        inputs,
        format=source,
        identity=None if embedder is None else identity_of(embedder),
        on_damage=conversion.damaged,
        split=split,
        values=values,
    )
    try:
        write(output, conversion.through(conversion.joined(clips, segments or [])), format=format)
    except KeyboardInterrupt:
        raise typer.Exit(conversion.report(output, interrupted=True)) from None
    raise typer.Exit(conversion.report(output))
