"""The command line: thin commands over the library, one file for each group."""

from earmark.cli.main import main

__all__ = ["main"]
