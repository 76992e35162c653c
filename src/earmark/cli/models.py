"""``earmark models``: which taggers there are, and what they are."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from earmark.bundle import DEFAULT, Bundle, shipped
from earmark.cli.imports import import_weights
from earmark.cli.listing import show
from earmark.cli.options import Listing
from earmark.cli.pull import pull
from earmark.cli.streams import Sink
from earmark.errors import ModelError

__all__ = ["app"]

app = typer.Typer(
    help="See which taggers there are and what they are, and take in what others trained.",
    no_args_is_help=True,
    add_completion=False,
)

app.command("import")(import_weights)
app.command("pull")(pull)


@app.command("list")
def list_models(format: Listing = None) -> None:
    """Name the taggers that come with earmark.

    [dim]earmark models list[/dim]
    """
    bundles = [Bundle.find(name) for name in shipped()]
    columns = ("name", "version", "labels", "size", "licence")
    show(
        columns,
        [
            (
                bundle.config.name,
                bundle.config.version,
                len(bundle.labels),
                f"{_size(bundle) / 1e6:.1f} MB",
                bundle.config.licence,
            )
            for bundle in bundles
        ],
        format=format,
    )


@app.command("show")
def show_model(
    model: Annotated[
        str,
        typer.Argument(
            metavar="NAME", envvar="EARMARK_MODEL", help="A tagger by name, or its folder."
        ),
    ] = DEFAULT,
    card: Annotated[bool, typer.Option("--card", help="The whole model card instead.")] = False,
    format: Listing = None,
) -> None:
    """Say what a tagger is: its version, embedder, classifier, labels and licence.

    [dim]earmark models show compact --card[/dim]
    """
    bundle = Bundle.find(model)
    if card:
        if not bundle.card.is_file():
            raise ModelError(f"{bundle.folder} has no model card: it lacks a README.md")
        with Sink() as sink:
            sink.write(bundle.card.read_text(encoding="utf-8").rstrip() + "\n")
        return
    config = bundle.config
    facts = {
        "name": config.name,
        "version": config.version,
        "folder": str(bundle.folder),
        "size": f"{_size(bundle) / 1e6:.1f} MB",
        "labels": str(len(bundle.labels)),
        "networks": _networks(bundle),
        "embedder": f"{config.embedder.name} {config.embedder.version}",
        "final_relu": json.dumps(config.embedder.final_relu),
        "pca": json.dumps(config.embedder.pca),
        "dequantiser": config.embedder.dequantiser,
        "classifier": config.classifier or "none",
        "pooling": config.pooling,
        "licence": config.licence,
        "created_by": config.created_by,
    }
    show(("fact", "value"), list(facts.items()), format=format)


def _networks(bundle: Bundle) -> str:
    """What a folder holds: it may be an embedder or a classifier alone."""
    there = {
        "embedder": bundle.has_embedder,
        "embedder in eight bits": bundle.fast_embedder.is_file(),
        "classifier": bundle.has_classifier,
    }
    return ", ".join(name for name, present in there.items() if present)


def _size(bundle: Bundle) -> int:
    return sum(path.stat().st_size for path in bundle.folder.iterdir() if path.is_file())
