"""``earmark tag``: recordings -> tags and events."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from earmark.bundle import DEFAULT, Bundle, Pooling
from earmark.cli.options import Fast, Inputs, Jobs, Model, Output, Quiet, Short, Start
from earmark.cli.resume import Done, done
from earmark.cli.work import Batch, check_output
from earmark.cli.writing import EVENT_FORMATS, Shown, left_over, pick, write
from earmark.errors import UsageError
from earmark.tagging.choice import choose, split
from earmark.tagging.options import Options, Threshold

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command()
def tag(
    inputs: Inputs,
    top_k: Annotated[
        int, typer.Option("--top-k", "-k", metavar="N", min=1, help="How many tags at most.")
    ] = 5,
    threshold: Annotated[
        str | None,
        typer.Option(
            "--threshold",
            "-t",
            metavar="SCORE",
            help="The lowest score that counts: 0 for tags and 0.5 for events if not given; auto "
            "is each class's own, of a tagger that is calibrated.",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option(
            "--labels",
            "-l",
            metavar="LABEL",
            help="Only these labels, by name or id; give it again for more, or use commas.",
            show_default=False,
        ),
    ] = None,
    with_children: Annotated[
        bool,
        typer.Option("--with-children", help="And all that is below those labels."),
    ] = False,
    events: Annotated[
        bool, typer.Option("--events", "-e", help="Say when each sound is heard, too.")
    ] = False,
    start: Start = 0.0,
    pooling: Annotated[
        Pooling | None,
        typer.Option(
            "--pooling",
            help="How clips of ten patches become one score; the tagger's own rule if not given.",
            show_default=False,
        ),
    ] = None,
    short: Short = "loop",
    model: Model = DEFAULT,
    fast: Fast = False,
    format: Annotated[
        Shown | None,
        typer.Option(
            "--format",
            "-f",
            help="As the output file is named; else a table on a terminal and jsonl elsewhere. "
            "audacity and raven are for events.",
            show_default=False,
        ),
    ] = None,
    output: Output = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with a jsonl or csv output: skip what it holds."),
    ] = False,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> None:
    """Say what is to be heard in recordings, and when.

    [dim]earmark tag thunder.wav[/dim]

    [dim]earmark tag recordings/ --events --threshold 0.3 -o events.csv --resume[/dim]

    [dim]earmark tag night.flac --labels Bird --with-children --format audacity[/dim]
    """
    output = None if str(output) == "-" else output
    check_output(output)
    shown = pick(format, output)
    events = events or shown in EVENT_FORMATS
    bundle = Bundle.find(model)
    bundle.require_classifier()
    lowest = _threshold(bundle, threshold)
    options = Options(
        top_k=top_k,
        threshold=0.0 if lowest is None else lowest,
        labels=_names(bundle, labels, with_children=with_children),
        with_children=with_children,
        start=start,
        pooling=pooling,
        short=short,
        events=events,
        event_threshold=0.5 if lowest is None else lowest,
    )
    earlier = _earlier(output, shown, bundle, events=events) if resume else Done()
    batch = Batch(inputs, bundle=bundle, jobs=jobs, quiet=quiet, skip=earlier.sources, fast=fast)
    taggings = batch.results(
        lambda tagger, source, listener: tagger.annotate(source, options, listener=listener),
        count=False,
    )
    try:
        write(
            taggings,
            shown=shown,
            events=events,
            output=output,
            calibrated=bundle.calibration is not None,
            keep=earlier.keep,
            before=batch.progress.hide,
            written=batch.count,
        )
    except KeyboardInterrupt:
        raise typer.Exit(batch.report(interrupted=left_over(shown, output))) from None
    raise typer.Exit(batch.report())


def _threshold(bundle: Bundle, text: str | None) -> Threshold | None:
    """Read a score from 0 to 1, or the word that stands for each class's own."""
    if text is None:
        return None
    if text == "auto":
        bundle.require_calibration()
        return "auto"
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise UsageError(f"--threshold {text} is no score: give a number from 0 to 1, or auto")
    return score


def _names(
    bundle: Bundle, labels: list[str] | None, *, with_children: bool
) -> tuple[str, ...] | None:
    """Take the options apart at their commas, and see now whether there are such labels."""
    if labels is None:
        return None
    names = tuple(name for text in labels for name in split(bundle.labels, text))
    choose(bundle.labels, names, with_children=with_children)
    return names


def _earlier(output: Path | None, shown: Shown, bundle: Bundle, *, events: bool) -> Done:
    if output is None or (shown != "jsonl" and shown != "csv"):
        raise UsageError("--resume needs an --output in jsonl or csv, which grows line by line")
    return done(
        output,
        format=shown,
        model=bundle.title,
        events=events,
        calibrated=bundle.calibration is not None,
    )
