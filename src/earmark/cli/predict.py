"""``earmark predict``: a tagger and embedding sets -> scores of every clip."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from earmark.cli.clip_choice import chosen, first
from earmark.cli.clip_options import Embedder, Segments, Source, Split, Threads
from earmark.cli.converting import Conversion, identity_of
from earmark.cli.options import Quiet
from earmark.cli.streams import Sink
from earmark.errors import UsageError
from earmark.evaluation import tag_lines, youtube8m_csv
from earmark.evaluation.averaging import average
from earmark.evaluation.predicting import predict_all
from earmark.evaluation.prediction_files import PredictionFormat, format_of, write_predictions
from earmark.evaluation.predictions import Predictions
from earmark.formats import EmbeddingSet, stream

__all__ = ["app"]

app = typer.Typer(add_completion=False)

Shown = Literal["table", "jsonl", "tags", "youtube8m", "parquet"]
_CHUNK = 4096
_TO_READ = 5
_TO_KEEP = 20


@app.command()
def predict(
    tagger: Annotated[
        str,
        typer.Argument(
            metavar="TAGGER",
            help="A tagger by name, or its folder; one without an embedder will do.",
            show_default=False,
        ),
    ],
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="SET",
            help="Embedding sets: files, folders of them, patterns, AudioSet's features.tar.gz.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write: .parquet has all scores, .csv is YouTube-8M's, .jsonl has names.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[
        Shown | None,
        typer.Option(
            "--format",
            "-f",
            help="As the output is named; else a table on a terminal and jsonl elsewhere. "
            "tags is a CSV with a row a tag.",
            show_default=False,
        ),
    ] = None,
    top_k: Annotated[
        int | None,
        typer.Option(
            "--top-k",
            "-k",
            metavar="N",
            min=1,
            help="How many labels of a clip: 5 in a table and 20 elsewhere if not given.",
            show_default=False,
        ),
    ] = None,
    clip: Annotated[
        list[str] | None,
        typer.Option(
            "--clip",
            metavar="ID",
            help="Only this clip, by its id or its number from 0; give it again for more.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            metavar="N",
            min=1,
            help="Only the first clips.",
            show_default=False,
        ),
    ] = None,
    links: Annotated[
        bool, typer.Option("--links/--no-links", help="Say where YouTube plays a clip.")
    ] = True,
    others: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="TAGGER",
            help="Average with what this tagger says; give it again for more.",
            show_default=False,
        ),
    ] = None,
    calibrated: Annotated[
        bool,
        typer.Option("--calibrated", help="Probabilities in place of scores."),
    ] = False,
    segments: Segments = None,
    split: Split = None,
    source: Source = None,
    embedder: Embedder = None,
    jobs: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Score the clips of an embedding set, for another program or to read and listen.

    [dim]earmark predict mine features.tar.gz --split eval -o eval.parquet[/dim]

    [dim]earmark predict mine features.tar.gz --split eval --clip 17 --clip=--4gqARaEJE[/dim]
    """
    shown = _pick(format, output)
    _require_another(output, [*inputs, *(segments or [])])
    conversion = Conversion(quiet=quiet)
    clips = stream(
        inputs,
        format=source,
        identity=None if embedder is None else identity_of(embedder),
        on_damage=conversion.damaged,
        split=split,
        chunk=_CHUNK if limit is None or clip else min(limit, _CHUNK),
    )
    joined = conversion.joined(clips, segments or [])
    names = _Names(_asked_for(joined, conversion, clip=clip, limit=limit))
    scored = predict_all([tagger, *(others or [])], names.chunks(kept=shown == "table"), jobs=jobs)
    predictions = map(average, scored)
    if calibrated:
        predictions = map(Predictions.calibrated, predictions)
    count = top_k or (_TO_READ if shown == "table" else _TO_KEEP)
    try:
        if output is not None:
            _write(predictions, output, shown, top_k=count)
        elif shown == "table":
            _draw(predictions, names, conversion, top_k=count, links=links)
        else:
            _print(predictions, shown, conversion, top_k=count)
    except KeyboardInterrupt:
        raise typer.Exit(conversion.report(output, interrupted=True)) from None
    raise typer.Exit(conversion.report(output))


def _asked_for(
    clips: Iterable[EmbeddingSet],
    conversion: Conversion,
    *,
    clip: list[str] | None,
    limit: int | None,
) -> Iterable[EmbeddingSet]:
    """Leave out what nobody wants to see; to find a clip all are read, and count as read."""
    if clip:
        found = chosen(conversion.through(clips), clip)
        return found if limit is None else first(found, limit)
    return conversion.through(clips if limit is None else first(clips, limit))


class _Names:
    """Gives clips on, and remembers the names of their labels until they are asked for."""

    def __init__(self, clips: Iterable[EmbeddingSet]) -> None:
        self._clips = clips
        self._waiting: deque[list[list[str]]] = deque()

    def chunks(self, *, kept: bool) -> Iterator[EmbeddingSet]:
        for chunk in self._clips:
            if kept:
                self._waiting.append(_named(chunk))
            yield chunk

    def of_next(self) -> list[list[str]]:
        """Return the labels of each clip of the chunk that was read first."""
        return self._waiting.popleft()


def _named(clips: EmbeddingSet) -> list[list[str]]:
    names = [label.name for label in clips.table]
    return [[names[at] if names else f"label {at}" for at in row.tolist()] for row in clips.labels]


def _draw(
    predictions: Iterator[Predictions],
    names: _Names,
    conversion: Conversion,
    *,
    top_k: int,
    links: bool,
) -> None:
    """Show clips on the terminal, as they come."""
    from earmark.cli.clip_table import ClipTable  # rich is slow to import, and only this needs it

    table = ClipTable(top_k=top_k, links=links)
    with Sink(before=conversion.hide) as sink:
        for piece in predictions:
            for text in table.clips(piece, names.of_next()):
                sink.write(text)


def _print(
    predictions: Iterator[Predictions], shown: Shown, conversion: Conversion, *, top_k: int
) -> None:
    """Write to stdout, as it comes."""
    with Sink(before=conversion.hide) as sink:
        if shown == "tags":
            sink.write(tag_lines.head())
        elif shown == "youtube8m":
            sink.write(f"{youtube8m_csv.HEADER}\n")
        for piece in predictions:
            sink.write("".join(_lines(piece, shown, top_k=top_k)))


def _lines(piece: Predictions, shown: Shown, *, top_k: int) -> Iterator[str]:
    if shown == "youtube8m":
        return youtube8m_csv.lines(piece, top_k=top_k)
    return (tag_lines.rows if shown == "tags" else tag_lines.json_lines)(piece, top_k=top_k)


def _write(predictions: Iterator[Predictions], output: Path, format: Shown, *, top_k: int) -> None:
    write_predictions(output, predictions, format=cast(PredictionFormat, format), top_k=top_k)


def _pick(format: Shown | None, output: Path | None) -> Shown:
    """Choose the format: as asked, else as the file is named, else as suits the reader."""
    if output is None:
        if format == "parquet":
            raise UsageError("--format parquet needs a file: name it with --output")
        return format or ("table" if sys.stdout.isatty() else "jsonl")
    if format == "table":
        raise UsageError("--format table is for a terminal: leave --output out")
    return format_of(output, format)


def _require_another(output: Path | None, inputs: Sequence[str | Path]) -> None:
    """Refuse to put predictions in the place of what they are made of."""
    taken = {Path(name).resolve() for name in inputs}
    if output is not None and output.resolve() in taken:
        raise UsageError(f"--output {output} is one of the inputs: name another file")
