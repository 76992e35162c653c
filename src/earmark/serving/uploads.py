"""What a client sent, as sources: recordings as they are, and the members of archives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from earmark.audio import Limits, Skipped, Source
from earmark.audio.archives import members
from earmark.audio.bytestreams import CHUNK, ByteStream
from earmark.audio.formats import archive_kind
from earmark.audio.sources import printable
from earmark.errors import AudioError
from earmark.serving.errors import ServiceError
from earmark.serving.names import LONGEST_NAME, name_of_upload
from earmark.serving.settings import ServeSettings

__all__ = ["Packed", "form_of", "source", "source_of", "too_many"]

LISTED = 20
"""An archive may list so many times as many files as recordings: covers, texts, folders."""
MEMBER_IN_MEMORY = 8 * 2**20
IN_MEMORY = 2 * 2**20
"""The largest file that is kept in memory: ten seconds as a WAV file. What is larger goes to disk,
piece by piece, and each by way of a thread."""


@dataclass(frozen=True)
class Packed:
    """An archive, as the origin of what is no recording itself."""

    file: BinaryIO
    kind: str

    def open(self, name: str, /) -> AbstractContextManager[ByteStream]:
        """Refuse: its members are opened."""
        raise AudioError(name, "has not been unpacked")

    def unpack(
        self, name: str, folder: Path, *, settings: ServeSettings, check: Callable[[], None]
    ) -> list[Source | Skipped]:
        """List the recordings in it.

        Nothing is unpacked to disk, and no name of a member is ever a path.

        Parameters
        ----------
        name : str
            What to call it.
        folder : Path
            Where to keep it while its members are read, under a name of our own.
        settings : ServeSettings
        check : callable
            Is called again and again, and may raise to end it.

        Raises
        ------
        ServiceError
            If it holds too many recordings.
        """
        path = self._lay_down(folder, check)
        limits = Limits(
            archive_members=LISTED * settings.archive_members,
            archive_bytes=settings.archive_bytes,
            member_bytes=settings.upload_bytes,
            memory_bytes=MEMBER_IN_MEMORY,
        )
        found: list[Source | Skipped] = []
        for item in members(str(path), limits=limits):
            check()
            inner = item.name.removeprefix(printable(str(path)))
            shown = name + inner[:LONGEST_NAME]
            if isinstance(item, Source):
                found.append(Source(shown, item.origin))
            else:
                found.append(Skipped(shown, item.reason))
            if len(found) > settings.archive_members:
                raise too_many(len(found), settings.archive_members)
        return found

    def _lay_down(self, folder: Path, check: Callable[[], None]) -> Path:
        handle, path = mkstemp(suffix=f".{self.kind}", dir=folder)
        self.file.seek(0)
        with open(handle, "wb") as copy:  # noqa: PTH123, it is no path but a handle
            while data := self.file.read(CHUNK):
                check()
                copy.write(data)
        return Path(path)


@asynccontextmanager
async def form_of(request: Request, *, most: int) -> AsyncIterator[FormData]:
    """Read a form, whose files are there for the length of a ``with`` block.

    Parameters
    ----------
    request : Request
    most : int
        How many files, and how many other parts, it may have at most.

    Raises
    ------
    ServiceError
        400 if it is no proper form, 413 if it has too many parts.
    """
    form = await _read(request, most)
    try:
        yield form
    finally:
        await form.close()


async def _read(request: Request, most: int) -> FormData:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        return await request.form()
    # One more than may come, so that it is us who say that there are too many.
    parser = MultiPartParser(
        request.headers, request.stream(), max_files=most + 1, max_fields=most + 1
    )
    parser.spool_max_size = IN_MEMORY
    kept: set[int] = set()
    try:
        form = await parser.parse()
        parts = (part for _, part in form.multi_items())
        kept = {id(part.file) for part in parts if isinstance(part, UploadFile)}
        return form
    except BaseException as error:
        if not isinstance(error, MultiPartException):
            raise
        if error.message.startswith("Too many"):
            raise too_many(most + 1, most) from error
        raise ServiceError(400, "bad_request", error.message) from error
    finally:
        # The parser forgets the files of a form that breaks off.
        for file in parser._files_to_close_on_error:
            if id(file) not in kept:
                file.close()


def source(upload: UploadFile) -> Source:
    """Make a source of an upload, which stays where it is: in memory or an unnamed file.

    Its name is for answers alone: the file's own, without folders, fit to be printed.
    """
    name = name_of_upload(upload.filename)
    return source_of(upload.file, name=name, kind=archive_kind(name))


def source_of(file: BinaryIO, *, name: str, kind: str | None) -> Source:
    """Make a source of an open file.

    An archive, which has a kind, is a source that cannot be opened, whose origin is `Packed`.
    """
    if kind is not None:
        return Source(name, Packed(file, kind))
    return Source.of(file, name=name)


def too_many(found: int, most: int) -> ServiceError:
    """Refuse a request with too many recordings."""
    return ServiceError(
        413,
        "too_many_files",
        f"{found} recordings came, and at most {most} may: send them in several requests",
    )
