"""``earmark embed``: recordings -> embeddings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from earmark.bundle import DEFAULT, Bundle
from earmark.cli.options import Fast, Inputs, Jobs, Model, Quiet, Short, Start
from earmark.cli.streams import Sink
from earmark.cli.work import Batch
from earmark.errors import UsageError
from earmark.tagging.npz import save

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command()
def embed(
    inputs: Inputs,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE.npz", help="Where to write.", show_default=False
        ),
    ],
    start: Start = 0.0,
    short: Short = "loop",
    model: Model = DEFAULT,
    fast: Fast = False,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> None:
    """Compute the embeddings of recordings: 128 bytes for each 0.96 s.

    [dim]earmark embed recordings/ -o recordings.npz[/dim]
    """
    if output.suffix.lower() != ".npz":
        raise UsageError(f"--output {output} is no .npz file, the one format there is for now")
    bundle = Bundle.find(model)
    batch = Batch(inputs, bundle=bundle, jobs=jobs, quiet=quiet, fast=fast)
    try:
        with Sink(output, whole=True) as sink:
            found = batch.results(
                lambda tagger, source, listener: tagger.embed(
                    source, start=start, short=short, listener=listener
                )
            )
            save(sink.file, found, identity=bundle.config.embedder, model=bundle.title)
    except KeyboardInterrupt:
        raise typer.Exit(batch.report(interrupted=f"{output} was not written")) from None
    raise typer.Exit(batch.report())
