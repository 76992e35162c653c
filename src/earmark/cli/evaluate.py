"""``earmark evaluate``: taggers or predictions, and clips with labels -> how good they are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from earmark.cli import calibrating, evaluation_output
from earmark.cli.clip_options import Embedder, Segments, Source, Split, Threads
from earmark.cli.labelled_reading import Reading, sort_out
from earmark.cli.options import Quiet
from earmark.cli.streams import say
from earmark.evaluation import label_quality
from earmark.evaluation.assessment import assess
from earmark.evaluation.prediction_files import read_predictions
from earmark.tagging.choice import choose

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command()
def evaluate(
    data: Annotated[
        list[str],
        typer.Option(
            "--data",
            "-d",
            metavar="SET",
            help="Clips with labels: an embedding set, or for predictions a list of segments "
            "(.csv); give it again for more.",
            show_default=False,
        ),
    ],
    taggers: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TAGGER",
            help="Taggers by name or folder, a folder of them, or files of predictions; several "
            "are averaged.",
            show_default=False,
        ),
    ] = None,
    predictions: Annotated[
        list[str] | None,
        typer.Option(
            "--predictions",
            "-p",
            metavar="FILE",
            help="What `earmark predict` wrote, YouTube-8M's CSV, or a pattern; averaged with the "
            "others.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[
        Literal["table", "json", "csv"] | None,
        typer.Option(
            "--format",
            "-f",
            help="A table on a terminal, else json: one object. csv has a row a class.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="Where to write, if not to stdout: .json, .csv or .html; or a folder for all.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE.html",
            help="Write a page with plots, too.",
            show_default=False,
        ),
    ] = None,
    curve: Annotated[
        list[str] | None,
        typer.Option(
            "--curve",
            metavar="LABEL",
            help="Draw the precision-recall curve of this class in the report; give it again for "
            "more. The most frequent ones if not given.",
            show_default=False,
        ),
    ] = None,
    quality: Annotated[
        Path | None,
        typer.Option(
            "--label-quality",
            metavar="CSV",
            help="How far labels are to be trusted: Google's qa_true_counts.csv.",
            show_default=False,
        ),
    ] = None,
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="Find how scores become probabilities, and keep it in the tagger's folder. Take "
            "clips that it was not trained on, and that you will not measure it on.",
        ),
    ] = False,
    segments: Segments = None,
    split: Split = None,
    source: Source = None,
    embedder: Embedder = None,
    jobs: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Measure how well classes are found: mAP, mAUC, d', lwlrap, and YouTube-8M's four.

    [dim]earmark evaluate mine --data features.tar.gz --split eval --report report.html[/dim]

    [dim]earmark evaluate runs/ --data features.tar.gz --split eval --format json[/dim]

    [dim]earmark evaluate --predictions eval.parquet --data eval_segments.csv[/dim]
    """
    bundles, files = sort_out(taggers or [], predictions or [])
    if calibrate:
        calibrating.require_own(bundles)
    if curve and bundles:
        choose(bundles[0].labels, curve)  # an unknown one is better named now than at the end
    plan = evaluation_output.plan(output, report=report, format=format)
    trusted = None if quality is None else label_quality.read(quality)
    reading = Reading(
        data, source=source, split=split, segments=segments or [], embedder=embedder, quiet=quiet
    )
    try:
        members = reading.predictions(bundles, jobs=jobs)
        own = list(members)
        members += [read_predictions(path, table=reading.labelled.table or None) for path in files]
        found = assess(reading.labelled, members, quality=trusted, calibrate=calibrate)
        for note in evaluation_output.notes(found):
            say(note)
        written = plan.write(found, data=reading.name, curves=curve or [])
        if calibrate:
            written += calibrating.keep(bundles, own, reading.labelled)
    except KeyboardInterrupt:
        raise typer.Exit(reading.report(interrupted=True)) from None
    raise typer.Exit(reading.report(written))
