"""``earmark embed``: recordings -> embeddings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from earmark.bundle import DEFAULT, Bundle
from earmark.cli.options import Fast, Inputs, Jobs, Model, Quiet, Short, Start
from earmark.cli.work import Batch
from earmark.embedders import Identity
from earmark.errors import UsageError
from earmark.formats import CLIP_FRAMES, EmbeddingSet, FormatName, format_of, write
from earmark.formats.chunking import default_table
from earmark.formats.cutting import cut
from earmark.formats.whole import replacing
from earmark.tagging.npz import save
from earmark.tagging.results import Embeddings

__all__ = ["app"]

app = typer.Typer(add_completion=False)

_AT_ONCE = 1024 * CLIP_FRAMES
"""How many embeddings of a long recording are cut into clips at once."""


@app.command()
def embed(
    inputs: Inputs,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write: .npz, .h5, .tfrecord, .parquet or .lance.",
            show_default=False,
        ),
    ],
    format: Annotated[
        FormatName | None,
        typer.Option(
            "--format", "-f", help="What to write; as the output is named.", show_default=False
        ),
    ] = None,
    start: Start = 0.0,
    short: Short = "loop",
    model: Model = DEFAULT,
    fast: Fast = False,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> None:
    """Compute the embeddings of recordings: 128 bytes for each 0.96 s.

    All formats but npz hold clips of up to ten embeddings, with a recording's name as their id.

    [dim]earmark embed recordings/ -o recordings.npz[/dim]

    [dim]earmark embed recordings/ -o recordings.parquet[/dim]
    """
    kind = format_of(output, format)
    if not kind.has_embeddings:
        raise UsageError(f"--output {output} would hold no embeddings: {kind.name} is for labels")
    bundle = Bundle.find(model)
    batch = Batch(inputs, bundle=bundle, jobs=jobs, quiet=quiet, fast=fast)
    found = batch.results(
        lambda tagger, source, listener: tagger.embed(
            source, start=start, short=short, listener=listener
        )
    )
    identity = bundle.config.embedder
    try:
        if kind.name == "npz":
            with replacing(output) as part, part.open("wb") as file:
                save(file, found, identity=identity, model=bundle.title)
        else:
            write(output, _clips(found, identity), format=kind.name)
    except KeyboardInterrupt:
        raise typer.Exit(batch.report(interrupted=f"{output} was not written")) from None
    raise typer.Exit(batch.report())


def _clips(found: Iterable[Embeddings], identity: Identity) -> Iterator[EmbeddingSet]:
    """Cut recordings into clips, a long one piece by piece."""
    yield EmbeddingSet.empty(identity=identity, table=default_table(-1))
    for item in found:
        for at in range(0, len(item), _AT_ONCE):
            yield cut(
                item.frames[at : at + _AT_ONCE],
                starts=item.starts[at : at + _AT_ONCE],
                duration=item.duration,
                source=item.source,
                identity=identity,
            )
