"""``earmark serve``: the HTTP service."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Annotated

import typer

from earmark.cli.streams import say
from earmark.errors import UsageError

__all__ = ["app"]

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Where to listen: 127.0.0.1 if not given, 0.0.0.0 for all addresses.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            "-p",
            metavar="N",
            min=0,
            max=65535,
            help="5000 if not given; 0 for any that is free.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            metavar="NAME",
            help="A tagger by name, or its folder; give it again for more. The first is used "
            "where a request names none.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            "-w",
            metavar="N",
            min=1,
            max=256,
            help="How many processes share the port: 1 if not given.",
            show_default=False,
        ),
    ] = None,
    allow_urls: Annotated[
        bool | None,
        typer.Option(
            "--allow-urls",
            help="Fetch recordings from public addresses that clients name.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Serve taggers over HTTP, until Ctrl-C.

    Every setting can also come from the environment, as EARMARK_SERVE_PORT does.

    [dim]earmark serve[/dim]

    [dim]earmark serve --host 0.0.0.0 --port 8080 --model compact --model mine/[/dim]
    """
    try:
        from earmark.serving.running import serve as run
        from earmark.serving.settings import ServeSettings
    except ImportError as error:
        raise UsageError(f"serve needs {error.name}: pip install 'earmark[serve]'") from error
    # uvicorn raises Ctrl-C once more when all is finished, and then it is no interruption.
    with suppress(KeyboardInterrupt):
        settings = ServeSettings.read(
            os.environ,
            host=host,
            port=port,
            models=model,
            workers=workers,
            allow_urls=allow_urls,
        )
        run(settings, announce=lambda address: say(f"serving at {address}"))
