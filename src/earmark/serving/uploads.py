"""Recordings that a client sent, as sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from starlette.datastructures import UploadFile

from earmark.audio import Source
from earmark.audio.sources import printable
from earmark.serving.errors import ServiceError

__all__ = ["sources"]

_LONGEST_NAME = 200


def sources(uploads: Sequence[UploadFile], *, most: int) -> list[Source]:
    """Make sources of uploads, which stay where they are: in memory or an unnamed file.

    A source's name is for answers alone: the file's own, without folders, fit to be printed.

    Raises
    ------
    ServiceError
        If there are too many.
    """
    if len(uploads) > most:
        raise ServiceError(
            413,
            "too_many_files",
            f"{len(uploads)} recordings came, and at most {most} may: send "
            "them in several requests",
        )
    return [Source.of(upload.file, name=_name(upload.filename)) for upload in uploads]


def _name(given: str | None) -> str:
    last = PurePosixPath((given or "").replace("\\", "/")).name
    return printable(last)[-_LONGEST_NAME:] or "upload"
