"""Bytes as FFmpeg is allowed to see them: no exception passes, no buffer overflows."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import cast

from earmark.audio.bytestreams import CHUNK, ByteStream
from earmark.audio.closing import Closing
from earmark.audio.limits import Limits
from earmark.audio.sniffing import must_be_rewound
from earmark.errors import AudioError

__all__ = ["HEAD", "Reader"]

HEAD = 4096
UNMARKED = frozenset({".gsm", ".g722"})  # formats that nothing but the extension tells


class Reader(Closing):
    """A stream of bytes between a source and FFmpeg.

    FFmpeg calls :meth:`read` and :meth:`seek` from C, where an exception would be lost or printed.
    So the first one is kept in :attr:`error`, FFmpeg is told that the input ends, and whoever
    drives it looks at :attr:`error` afterwards.

    Parameters
    ----------
    file : ByteStream
        Read from where it stands, which becomes position 0.
    name : str
        What the user calls it.
    limits : Limits
        Bounds the temporary file made for an input that must be rewound and cannot be.
    """

    def __init__(self, file: ByteStream, *, name: str, limits: Limits) -> None:
        self.source = name
        # Judged by its name, FFmpeg would take noise for music. Few formats need it.
        suffix = PurePath(name).suffix.lower()
        self.name = f"input{suffix}" if suffix in UNMARKED else "input"
        self.error: BaseException | None = None
        self.file = file
        self.rest = b""
        self.spool: ByteStream | None = None
        self.rewindable = file.seekable()
        self.base = file.tell() if self.rewindable else 0
        self.head = self._peek()
        if not self.rewindable and must_be_rewound(self.head):
            self._spool(limits.spool_bytes)

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes, or none at the end and after an error."""
        if self.rest:
            data, self.rest = self.rest[:size], self.rest[size:]
            return data
        if self.error is not None:
            return b""
        try:
            return self._clamp(self.file.read(size), size)
        except BaseException as error:  # Ctrl-C too: it would be swallowed between C and Python
            self.error = error
            return b""

    def seekable(self) -> bool:
        """Whether FFmpeg may jump about."""
        return self.rewindable

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move; -1, which FFmpeg takes for an error, where that fails."""
        try:
            self.rest = b""
            start = self.base if whence == os.SEEK_SET else 0
            return self.file.seek(start + offset, whence) - self.base
        except BaseException as error:
            self.error = self.error or error
            return -1

    def tell(self) -> int:
        """Return the position."""
        return self.file.tell() - self.base

    def rewind(self) -> None:
        """Go back to the beginning, to be opened anew."""
        self.seek(0)

    def size(self) -> int | None:
        """Return the number of bytes, where that can be known without reading them."""
        if not self.rewindable:
            return None
        here = self.tell()
        size = self.seek(0, os.SEEK_END)
        self.seek(here)
        return size

    def close(self) -> None:
        """Drop the temporary file; the source closes its own."""
        if self.spool is not None:
            self.spool.close()  # type: ignore[attr-defined]
            self.spool = None

    def _peek(self) -> bytes:
        head = b""
        while len(head) < HEAD and (data := self.read(HEAD - len(head))):
            head += data
        if self.rewindable:
            self.seek(0)
        else:
            self.rest = head + self.rest
        return head

    def _clamp(self, data: object, size: int) -> bytes:
        if isinstance(data, str):
            raise AudioError(self.source, "was opened as text: open it with mode 'rb'")
        if data is None:
            raise AudioError(self.source, "gives nothing yet: open it in blocking mode")
        got = bytes(cast(bytes, data))
        # FFmpeg's buffer has room for exactly ``size``, and PyAV copies whatever it is given.
        self.rest = got[size:]
        return got[:size]

    def _spool(self, most: int) -> None:
        import tempfile  # with what it imports it costs as much as the rest of this package

        spool = tempfile.TemporaryFile()  # noqa: SIM115, closed by close()
        self.spool = spool
        size = 0
        while data := self.read(CHUNK):
            size += len(data)
            if size > most:
                self.close()
                raise AudioError(
                    self.source,
                    f"needs more than {most / 2**30:.0f} GiB of temporary space: save it to a file",
                )
            spool.write(data)
        spool.seek(0)
        self.file, self.base, self.rewindable = spool, 0, True
