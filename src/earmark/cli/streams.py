"""Where the command line writes: data to stdout or a file, all else to stderr."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Self, TextIO

import typer

from earmark.errors import DataError, UsageError

__all__ = ["Sink", "coloured", "complain", "printable", "say"]


def printable(text: str) -> str:
    """Make text fit for a terminal: escape codes, and whatever else is not printable, become �."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def coloured(stream: TextIO) -> bool:
    """Whether a stream is a terminal whose user does not mind colours."""
    dumb = os.environ.get("TERM") == "dumb" or os.environ.get("NO_COLOR")
    return stream.isatty() and not dumb


def say(text: str, *, softly: bool = False) -> None:
    """Tell the user something, on stderr; softly what need not be read."""
    stream = sys.stderr
    encoding = stream.encoding or "utf-8"
    line = printable(text).encode(encoding, "replace").decode(encoding)
    if softly and coloured(stream):
        line = f"\x1b[90m{line}\x1b[0m"
    with suppress(BrokenPipeError):
        print(line, file=stream, flush=True)


def complain(text: str) -> None:
    """Tell the user what is wrong, on stderr."""
    say(f"earmark: {text}")


class Sink:
    """For the length of a ``with`` block, takes text and puts it out in whole pieces, in UTF-8.

    Parameters
    ----------
    path : Path or None
        A file; stdout if None.
    whole : bool
        Whether the file is to appear only when it is complete, in place of one that was there.
        Otherwise it is written piece by piece.
    keep : int
        Of a file written piece by piece: how many bytes of what is there already stay.
    before : callable, optional
        Called before anything is written, to clear the terminal for it.

    Raises
    ------
    UsageError
        If the file cannot be opened, which is when the block begins.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        whole: bool = False,
        keep: int = 0,
        before: Callable[[], None] | None = None,
    ) -> None:
        self._path = path
        self._whole, self._keep = whole, keep
        self._part: Path | None = None
        self._before = before

    def __enter__(self) -> Self:
        """Open the file, and hand out the sink itself."""
        try:
            with _uninterrupted():
                self.file = self._open(whole=self._whole, keep=self._keep)
        except OSError as error:
            raise UsageError(self._unwritable(error)) from error
        except KeyboardInterrupt:  # which was held back until the file was there to be removed
            if self._part is not None:
                self.__exit__(KeyboardInterrupt)
            raise
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Close the file; put it in its place if it is whole, and remove it if it is not."""
        if self._path is None:
            return
        try:
            self.file.close()
            if self._part is not None and kind is None:
                self._part.replace(os.path.realpath(self._path))
                self._part = None
        except OSError as error:
            if kind is None:
                raise DataError(self._unwritable(error)) from error
        finally:
            if self._part is not None:
                self._part.unlink(missing_ok=True)

    def write(self, text: str, *, then: Callable[[], None] | None = None) -> None:
        """Put out one piece. Ctrl-C waits until it is out whole.

        Parameters
        ----------
        text : str
        then : callable, optional
            Is called when it is out, for which Ctrl-C waits, too.

        Raises
        ------
        DataError
            If it cannot be written, as on a full disk.
        """
        if self._before is not None and text:
            self._before()
        try:
            with _uninterrupted():
                # Names of files that are no Unicode leave as the bytes they came as.
                if text:
                    self.file.write(text.encode("utf-8", "surrogateescape"))
                    self.file.flush()
                if then is not None:
                    then()
        except BrokenPipeError:
            # Whoever read this has enough, as `head` has. Python would complain at exit, when it
            # flushes stdout once more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except OSError as error:
            raise DataError(self._unwritable(error)) from error

    def _open(self, *, whole: bool, keep: int) -> BinaryIO:
        if self._path is None:
            return sys.stdout.buffer
        if whole and (self._path.is_file() or not self._path.exists()):
            target = Path(os.path.realpath(self._path))
            self._part = target.with_name(f".{target.name}.{os.getpid()}.part")
            return self._part.open("wb")
        if not keep:
            return self._path.open("wb")
        file = self._path.open("r+b")
        file.truncate(keep)
        file.seek(keep)
        return file

    def _unwritable(self, error: OSError) -> str:
        return f"{self._path or 'stdout'} cannot be written: {error.strerror or error}"


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold a Ctrl-C back until the block is through."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    came: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came:
            raise KeyboardInterrupt
