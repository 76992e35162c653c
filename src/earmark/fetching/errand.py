"""Fetch a public file: until it is all there, and only if it is the right one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from earmark.audio.limits import Limits
from earmark.audio.urls import Address
from earmark.errors import ModelError
from earmark.fetching.part import Part
from earmark.fetching.published import Published
from earmark.fetching.settings import MIRROR, Settings
from earmark.fetching.transfer import BrokenOffError, Listener, transfer

__all__ = ["Fetched", "fetch"]


@dataclass(frozen=True)
class Fetched:
    """A file that is in its place and is the one that was published."""

    published: Published
    path: Path
    size: int
    was_there: bool
    """Whether it was in its place already, and nothing was fetched."""


def fetch(
    published: Published,
    folder: Path,
    *,
    settings: Settings | None = None,
    listener: Listener = lambda done, total: None,
    tell: Callable[[str], None] = lambda text: None,
) -> Fetched:
    """Fetch a file, or what is missing of it.

    What has arrived is kept in ``NAME.part`` until the file is complete and its checksums are
    right; then it takes its place, and that of any file of its name.

    Parameters
    ----------
    published : Published
        Which file.
    folder : Path
        Where to; made if it is not there.
    settings : Settings, optional
        How patiently, and from which mirror; as the environment says if not given.
    listener : callable
        Told how many bytes are here, of how many.
    tell : callable
        Told in a sentence why a further attempt is made.

    Raises
    ------
    ModelError
        If it cannot be had, saying how to get it by hand.
    """
    settings = settings or Settings.from_environment()
    target = folder / published.name
    url = published.url if settings.mirror is None else f"{settings.mirror}/{published.name}"
    was_there = _is_there(published, target)
    if not was_there:
        _Errand(published, target, url, settings, listener, tell).run()
    return Fetched(published, target, target.stat().st_size, was_there=was_there)


def _is_there(published: Published, target: Path) -> bool:
    try:
        return target.is_file() and published.why_not_this(target) is None
    except OSError as error:
        raise ModelError(f"{target} cannot be read: {error.strerror}") from error


@dataclass(frozen=True)
class _Errand:
    published: Published
    target: Path
    url: str
    settings: Settings
    listener: Listener
    tell: Callable[[str], None]

    @property
    def shown(self) -> str:
        """The address without a password."""
        return Address(self.url, Limits()).shown

    def run(self) -> None:
        try:
            with Part.claim(self.target) as part:
                in_pieces = self._complete(part)
                wrong = self._put_in_place(part)
                if wrong and in_pieces:
                    self.tell(f"{self.shown}: {wrong}; it is fetched once more, in one piece")
                    self._complete(part)
                    wrong = self._put_in_place(part)
        except OSError as error:
            reason = error.strerror or str(error)
            raise ModelError(f"{self.target} cannot be written: {reason}") from error
        if wrong:
            suspect = MIRROR if self.settings.mirror else "what is between you and the server"
            raise ModelError(
                f"{self.shown} is not the {self.published.name} that was published: {wrong}; "
                f"nothing of it was kept: check {suspect}"
            )

    def _complete(self, part: Part) -> bool:
        """Fetch until all is there; return whether it came in more than one piece."""
        in_pieces, reached, failures = bool(part.size), False, 0
        while True:
            before = part.size
            try:
                transfer(
                    self.url,
                    part,
                    published=self.published,
                    settings=self.settings,
                    listener=self.listener,
                )
                return in_pieces
            except ModelError as error:
                raise ModelError(self._by_hand(str(error), kept=part.size)) from error
            except BrokenOffError as error:
                came_further = part.size - before >= self.settings.worthwhile
                failures = 1 if came_further else failures + 1
                reached = reached or error.reached
                if failures >= self.settings.attempts or not reached:
                    raise ModelError(self._by_hand(str(error), kept=part.size)) from error
                self._pause(str(error), self.settings.pause(failures, asked=error.after))
                in_pieces = in_pieces or bool(part.size)

    def _pause(self, reason: str, seconds: float) -> None:
        short = reason.partition(": ")[0]  # without the advice to try again
        self.tell(f"{self.published.name}: {short}; next attempt in {seconds:.0f} s")
        self.settings.sleep(seconds)

    def _put_in_place(self, part: Part) -> str | None:
        """Put a complete part in its place if it is the right one, else say why it is not."""
        part.flush()
        wrong = self.published.why_not_this(part.path)
        if wrong is None:
            part.finish(self.target)
        else:
            part.discard()
        return wrong

    def _by_hand(self, reason: str, *, kept: int) -> str:
        partly = f" ({kept / 1e6:.1f} MB are kept, to go on from)" if kept else ""
        return (
            f"{self.shown} cannot be fetched: {reason}{partly}; or fetch {self.published.url} in "
            f"another way, put it at {self.target}, and run this again, which checks it"
        )
