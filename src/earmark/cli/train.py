"""``earmark train``: an embedding set, or recordings with labels -> a tagger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from earmark.cli.clip_options import Segments, Source, Split
from earmark.cli.options import Quiet
from earmark.cli.own_sounds import (
    Adapt,
    AudioFolder,
    Background,
    Classes,
    Columns,
    Copies,
    Fold,
    Hearing,
    Separator,
    Unlabelled,
    are_own_sounds,
    check_kind,
    typed_sounds,
)
from earmark.cli.streams import Sink
from earmark.cli.training import Screen
from earmark.errors import UsageError
from earmark.formats import OnDamage, Values

if TYPE_CHECKING:
    from earmark.training.data import TrainingData
    from earmark.training.settings import TrainSettings

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command()
def train(
    data: Annotated[
        list[str],
        typer.Option(
            "--data",
            "-d",
            metavar="SET",
            help="What to learn from: embedding sets, as AudioSet's features.tar.gz (give it again "
            "for more); or your own sounds, as a folder with a folder for each class, or a table.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="The tagger's folder. An interrupted run in it is gone on with.",
            show_default=False,
        ),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(
            "--recipe",
            "-r",
            metavar="FILE.yaml",
            help="Settings; what is typed goes before them.",
            show_default=False,
        ),
    ] = None,
    split: Split = None,
    validation: Annotated[
        list[str] | None,
        typer.Option(
            "--validation",
            metavar="SET",
            help="An embedding set to measure on between steps.",
            show_default=False,
        ),
    ] = None,
    validation_split: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Its split, or that of --data.", show_default=False),
    ] = None,
    validation_share: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="Take this part of --data for it; of own sounds 0.2 if not given.",
            show_default=False,
        ),
    ] = None,
    test: Annotated[
        list[str] | None,
        typer.Option(
            "--test",
            metavar="SET",
            help="An embedding set to measure on at the end.",
            show_default=False,
        ),
    ] = None,
    test_split: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Its split, or that of --data.", show_default=False),
    ] = None,
    segments: Segments = None,
    embedder: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The tagger whose embedder made the embeddings, by name or folder: it goes into "
            "the result, which then takes recordings. For own sounds compact, if not given.",
            show_default=False,
        ),
    ] = None,
    exclusive: Annotated[
        bool | None,
        typer.Option(
            "--exclusive",
            help="Each clip has exactly one class: scores sum to 1.",
            show_default=False,
        ),
    ] = None,
    source: Source = None,
    values: Annotated[
        Values, typer.Option("--values", help="What the numbers in .npy blocks are.")
    ] = "kong",
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            "-k",
            metavar="KIND",
            help="Which classifier, as feature_level_attention.",
            show_default=False,
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="TAGGER",
            help="Go on from this tagger's classifier; new classes get a new last layer.",
            show_default=False,
        ),
    ] = None,
    iterations: Annotated[
        int | None,
        typer.Option("--iterations", "-n", metavar="N", help="Batches.", show_default=False),
    ] = None,
    epochs: Annotated[
        float | None,
        typer.Option(metavar="X", help="Times through all clips, instead.", show_default=False),
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option("--batch", "-b", metavar="N", help="Clips in one.", show_default=False),
    ] = None,
    sampling: Annotated[
        Literal["no_balance", "balance_in_batch"] | None,
        typer.Option(help="All clips in turn, or as many of each class.", show_default=False),
    ] = None,
    lr: Annotated[
        float | None, typer.Option(metavar="X", help="Learning rate.", show_default=False)
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Of all that is random.", show_default=False)
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="So many runs, whose scores are averaged.", show_default=False
        ),
    ] = None,
    accelerator: Annotated[
        Literal["auto", "cpu", "gpu"] | None,
        typer.Option(help="What computes.", show_default=False),
    ] = None,
    precision: Annotated[
        Literal["auto", "32", "bf16"] | None,
        typer.Option(help="In how many bits.", show_default=False),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option("--jobs", "-j", metavar="N", min=1, help="Cores to use.", show_default=False),
    ] = None,
    more: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            "-s",
            metavar="NAME=VALUE",
            help="Any other setting, as mixup.kind=uniform; give it again for more.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of the tagger; as its folder.", show_default=False),
    ] = None,
    version: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Of the tagger.", show_default=False)
    ] = None,
    layout: Annotated[
        Literal["earmark", "kong"],
        typer.Option(
            help="Where things go: kong has models/main/balance_type=.../model_type=.../ and the "
            "like in the output folder."
        ),
    ] = "earmark",
    audio_folder: AudioFolder = None,
    classes: Classes = None,
    background: Background = None,
    unlabelled: Unlabelled = None,
    columns: Columns = None,
    separator: Separator = None,
    fold: Fold = None,
    copies: Copies = None,
    adapt: Adapt = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print all settings, as a recipe, and train nothing."),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Teach a classifier, and make a tagger of it.

    [dim]earmark train --data sounds/ -o mine[/dim]

    [dim]earmark train --data features.tar.gz --split bal_train -o mine --iterations 500[/dim]

    [dim]earmark train --recipe audioset-balanced.yaml --data features.tar.gz -o mine[/dim]

    [dim]earmark train --data more.h5 --start mine -o finer --lr 1e-4[/dim]
    """
    given = dict(locals())  # all that was typed, by the names above
    try:
        from earmark.training.fit import fit
        from earmark.training.recipes import as_recipe
        from earmark.training.sounds import sized
        from earmark.training.workplace import refuse
    except ImportError as error:
        raise UsageError(f"train needs {error.name}: pip install 'earmark[train]'") from error
    own = are_own_sounds(data, columns=bool(columns))
    settings = _settings(given, own=own)
    if dry_run:
        with Sink() as sink:
            sink.write(as_recipe(settings))
        return
    if output is None:
        raise UsageError("--output is missing: say which folder the tagger is to be, as -o mine")
    refuse(output)  # before minutes of reading
    screen = Screen(quiet=quiet, runs=settings.seeds)
    hearing = Hearing(quiet=quiet)
    try:
        read = _read(given, settings, own=own, hearing=hearing, on_damage=screen.damage)
        if own:
            settings = sized(settings, read)
        trained = fit(read, settings, output, layout=layout, listener=screen)
    except KeyboardInterrupt:
        if hearing.under_way:
            hearing.interrupted()
        else:
            screen.interrupted(output)
        raise typer.Exit(130) from None
    screen.done(trained)
    raise typer.Exit(1 if hearing.report() or screen.damaged else 0)


_SETTINGS = {
    "name": "name",
    "version": "version",
    "seed": "seed",
    "seeds": "seeds",
    "iterations": "iterations",
    "epochs": "epochs",
    "batch": "batch",
    "split": "data.split",
    "test_split": "data.test",
    "exclusive": "data.exclusive",
    "kind": "classifier.kind",
    "start": "start.folder",
    "sampling": "sampling.kind",
    "lr": "optimiser.lr",
    "validation_split": "validation.split",
    "validation_share": "validation.share",
    "accelerator": "hardware.accelerator",
    "precision": "hardware.precision",
    "threads": "hardware.threads",
}
"""Of each flag the setting that it is."""
_OF_SOUNDS = (
    *("audio_folder", "classes", "background", "unlabelled"),
    *("columns", "separator", "fold", "copies", "adapt"),
)
_OF_SETS = {
    "--split": "split",
    "--validation": "validation",
    "--validation-split": "validation_split",
    "--test": "test",
    "--test-split": "test_split",
    "--segments": "segments",
    "--from": "source",
}
"""Flags that make no sense where recordings are learnt from."""


def _settings(given: dict[str, Any], *, own: bool) -> TrainSettings:
    """Put together what a tagger to start from, a recipe and the command line say."""
    from earmark.training.recipes import read_recipe, settings_from
    from earmark.training.sounds import FEW
    from earmark.training.starting import choice_of

    typed = {setting: given[flag] for flag, setting in _SETTINGS.items()}
    sounds = typed_sounds(**{flag: given[flag] for flag in _OF_SOUNDS})
    of_sets = {flag: given[name] for flag, name in _OF_SETS.items()}
    check_kind(own, sounds=sounds, of_sets=of_sets)
    recipe: Path | None = given["recipe"]
    values = {} if recipe is None else read_recipe(recipe)
    if own:
        typed |= {**sounds, "sounds.values": given["values"]}
        typed["sounds.validation"] = typed.pop("validation.share")
        starts = given["start"] is not None or "start" in values
        few = {name: group for name, group in FEW.items() if not (starts and name == "classifier")}
        values = {**few, **values}
    more = given["more"] or []
    settings = settings_from(values, typed=typed, more=more, where=str(recipe or ""))
    folder = settings.start.folder
    if folder is None or "classifier" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"classifier": choice_of(folder)})


def _read(
    given: dict[str, Any],
    settings: TrainSettings,
    *,
    own: bool,
    hearing: Hearing,
    on_damage: OnDamage,
) -> TrainingData:
    """Read what is to be learnt from."""
    from earmark.training.reading import read_sets
    from earmark.training.sounds import read_own

    if own:
        return read_own(given["data"][0], settings, embedder=given["embedder"], watcher=hearing)
    return read_sets(
        given["data"],
        settings,
        validation=given["validation"],
        test=given["test"],
        segments=given["segments"] or [],
        embedder=given["embedder"],
        format=given["source"],
        values=given["values"],
        on_damage=on_damage,
    )
