"""What a client calls things, fit to be shown."""

from __future__ import annotations

from pathlib import PurePosixPath

from earmark.audio.sources import printable

__all__ = ["LONGEST_NAME", "name_of_upload"]

LONGEST_NAME = 200


def name_of_upload(given: str | None) -> str:
    """Give a file's own name, without folders, on one line and not too long."""
    last = PurePosixPath((given or "").replace("\\", "/")).name
    return printable(last)[-LONGEST_NAME:] or "upload"
