"""The program ``earmark``: finds the command, runs it, and turns errors into one sentence.

Exit codes: 0 all good, 1 some recordings failed or a tagger is bad, 2 wrong usage, 130 Ctrl-C.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from earmark import __version__
from earmark.cli.streams import complain
from earmark.errors import EarmarkError, UsageError

__all__ = ["COMMANDS", "app", "main"]

COMMANDS = {
    "tag": "earmark.cli.tag",
    "embed": "earmark.cli.embed",
    "train": "earmark.cli.train",
    "predict": "earmark.cli.predict",
    "evaluate": "earmark.cli.evaluate",
    "convert": "earmark.cli.convert",
    "serve": "earmark.cli.serve",
    "labels": "earmark.cli.labels",
    "models": "earmark.cli.models",
    "doctor": "earmark.cli.doctor",
}
"""Each command and the module of its ``app``, imported when the command is used: starting is most
of the time that a short recording takes."""


class _Commands(TyperGroup):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # The names are what typing errors are compared with; the commands come later.
        self.commands = cast(Any, dict.fromkeys(COMMANDS))

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        with _without_collecting():
            command = typer.main.get_command(import_module(COMMANDS[cmd_name]).app)
        command.name = cmd_name
        return command


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Look for no garbage: imports leave none, and looking is a tenth of the time they take."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"earmark {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def earmark(
    ctx: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say which version this is.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Give your software ears: tag any sound with the 527 AudioSet classes."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def main(args: Sequence[str] | None = None) -> None:
    """Run the program and exit.

    Parameters
    ----------
    args : sequence of str, optional
        What was typed after ``earmark``; the process's own arguments if not given.
    """
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    try:
        code = typer.main.get_command(app).main(
            args=None if args is None else list(args), prog_name="earmark", standalone_mode=False
        )
    except typer.TyperException as error:
        if str(error):  # there is none where help was printed instead
            complain(_sentence(error))
        return error.exit_code
    except UsageError as error:
        complain(str(error))
        return 2
    except EarmarkError as error:
        complain(str(error))
        return 1
    except (KeyboardInterrupt, typer.Abort):
        complain("interrupted")
        return 130
    return code if isinstance(code, int) else 0


def _sentence(error: typer.TyperException) -> str:
    """Say what was wrong with the command line, and where to read on."""
    message = error.format_message().strip().rstrip(".").replace(". D", ": d")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "earmark"
    more = "" if message.endswith("?") else f"; see `{command} --help`"
    return f"{message[:1].lower()}{message[1:]}{more}"
