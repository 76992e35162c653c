"""``earmark models pull``: public weights, fetched to be imported."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from earmark.bundle import shipped
from earmark.cli.imports import import_weights
from earmark.cli.listing import show
from earmark.cli.options import Listing, Quiet
from earmark.cli.streams import say
from earmark.errors import UsageError

if TYPE_CHECKING:  # the network is of no use to the other commands, and takes 50 ms to import
    from earmark.fetching import Fetched, Published, Settings
    from earmark.fetching.transfer import Listener

__all__ = ["pull"]


def pull(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What to fetch: vggish.", show_default=False)
    ],
    source: Annotated[
        Literal["google", "torchvggish"],
        typer.Option(
            help="Whose copy of the weights: torchvggish's needs PyTorch to be imported, and "
            "Google's own checkpoint needs TensorFlow."
        ),
    ] = "torchvggish",
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FOLDER",
            help="Where the files go; earmark's cache if not given.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="Make a tagger's folder of them at once, as `models import` does.",
            show_default=False,
        ),
    ] = None,
    quiet: Quiet = False,
    format: Listing = None,
) -> None:
    """Fetch VGGish's public weights and PCA parameters; what is there already stays.

    A fetch that broke off is taken up where it ended. Files take their place when their checksums
    are right. EARMARK_MIRROR names another place to fetch from; proxies are those of HTTPS_PROXY.

    [dim]earmark models pull vggish -o vggish[/dim]
    """
    from earmark.fetching import VGGISH, Settings, default_folder

    if name != "vggish":
        here = f"{name} comes with earmark" if name in shipped() else f"there is no {name!r}"
        raise UsageError(f"{here}: what can be pulled is vggish")
    if output is not None:
        _check_import(output)
    folder = to or default_folder() / name
    settings = Settings.from_environment()
    fetched = [_fetch(file, folder, settings, quiet=quiet) for file in VGGISH[source]]
    show(
        ("file", "what", "size", "sha256", "path"),
        [
            (file.published.name, file.published.what, file.size, file.published.sha256, str(path))
            for file in fetched
            for path in [file.path]
        ],
        format=format,
    )
    if output is not None:
        import_weights(output, [file.path for file in fetched])
    elif not quiet:
        paths = shlex.join(str(file.path) for file in fetched)
        say(f"to make a tagger of them: earmark models import {paths} -o {name}", softly=True)


def _check_import(output: Path) -> None:
    """Say before a long fetch what would stand in the way after it."""
    from earmark.importing.folder import check_target

    check_target(output, force=False)


def _fetch(published: Published, folder: Path, settings: Settings, *, quiet: bool) -> Fetched:
    from earmark.fetching import fetch

    with _bar(published.name, visible=sys.stderr.isatty() and not quiet) as listener:
        return fetch(
            published,
            folder,
            settings=settings,
            listener=listener,
            tell=(lambda text: None) if quiet else say,
        )


@contextmanager
def _bar(name: str, *, visible: bool) -> Iterator[Listener]:
    """Show how much of a file is here, how fast it comes, and how long it will still take."""
    if not visible:
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(24),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task(name, total=None)
        begun = False

        def listen(done: int, total: int | None) -> None:
            nonlocal begun
            if begun:
                progress.update(task, completed=done, total=total)
            else:  # what an earlier run brought is no measure of speed
                progress.reset(task, completed=done, total=total)
                begun = True

        yield listen
