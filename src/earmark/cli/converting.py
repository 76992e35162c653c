"""Clips on their way from one embedding set to another: counted, shown, and told of at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from earmark.bundle import Bundle
from earmark.cli.progress import Progress, spell
from earmark.cli.streams import say
from earmark.embedders.identity import AUDIOSET, Identity
from earmark.errors import DataError
from earmark.formats import Damage, EmbeddingSet
from earmark.formats.joining import Join
from earmark.formats.segments import read

__all__ = ["Conversion", "identity_of"]


def identity_of(name: str) -> Identity:
    """Return whose embeddings are meant by a tagger's name, its folder, or ``audioset``."""
    return AUDIOSET if name == "audioset" else Bundle.find(name).config.embedder


class _Clips(Progress):
    """The line at the foot of the terminal, in clips."""

    clips = 0

    def count(self, more: int) -> None:
        """Take note of some more clips."""
        self.clips += more
        self.done("")

    def line(self) -> str:
        """Compose what is shown."""
        rate = self.clips / self.elapsed if self.elapsed > 0 else 0
        return f"{self.clips} clips   {rate:.0f} clips/s"


class Conversion:
    """Counts what goes through it, and says at the end what was read and what was left out.

    Parameters
    ----------
    quiet : bool
        Whether to say nothing unless something is wrong.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._progress = _Clips()
        self._progress.visible &= not quiet
        self._quiet = quiet
        self._labels = self._damaged = 0
        self._joins: dict[str, Join] = {}
        self._took: float | None = None

    def damaged(self, damage: Damage) -> None:
        """Name a damaged record on stderr."""
        self._progress.hide()
        self._damaged += 1
        say(f"damaged: {damage}")

    def through(self, chunks: Iterable[EmbeddingSet]) -> Iterator[EmbeddingSet]:
        """Give chunks on, and count them.

        Raises
        ------
        DataError
            If all there was is damaged, so that nothing would be written.
        """
        for chunk in chunks:
            self._progress.count(len(chunk))
            self._labels += len(chunk.labels.values)
            yield chunk
        if self._damaged and not self._progress.clips:
            raise DataError("nothing could be read, so nothing is written")

    def joined(
        self, chunks: Iterable[EmbeddingSet], lists: Sequence[Path]
    ) -> Iterator[EmbeddingSet]:
        """Fill in times and labels from lists of segments; what was found is told at the end."""
        remaining = iter(chunks)
        first = next(remaining, None)
        if first is None:
            return
        joining: Iterator[EmbeddingSet] = chain([first], remaining)
        for path in lists:
            join = Join(read(path, table=first.table))
            self._joins[str(path)] = join
            joining = join(joining)
        yield from joining

    def stop(self) -> None:
        """Take the time: what follows is no reading."""
        self._took = self._progress.elapsed
        self._progress.hide()

    def hide(self) -> None:
        """Clear the line at the foot of the terminal, for what is to be printed there."""
        self._progress.hide()

    def report(self, output: Path | None, *, interrupted: bool = False) -> int:
        """Say on stderr what was read, what of it was left out, and what became of the output.

        Parameters
        ----------
        output : Path or None
            What was to be written; None if it went to stdout.
        interrupted : bool
            Whether it ends with Ctrl-C.

        Returns
        -------
        int
            The exit code.
        """
        self._progress.hide()
        if interrupted:
            missing = "" if output is None else f"; {output} was not written"
            say(f"interrupted; {self._summary()}{missing}")
            return 130
        if not self._quiet or self._damaged:
            written = "" if output is None else f"; wrote {output}"
            say(f"{self._summary()}{written}", softly=True)
            for name, join in self._joins.items():
                say(_found(name, join), softly=True)
        if self._damaged:
            say(f"damaged and left out: {self._damaged}")
        return 1 if self._damaged else 0

    def _summary(self) -> str:
        clips = self._progress.clips
        elapsed = self._progress.elapsed if self._took is None else self._took
        rate = clips / max(elapsed, 1e-3)
        return (
            f"read {_many(clips, 'clip')} with {_many(self._labels, 'label')} in {spell(elapsed)} "
            f"({rate:.0f} clips/s)"
        )


def _found(name: str, join: Join) -> str:
    text = f"{join.clips - join.without_row} of {_many(join.clips, 'clip')} are in {name}"
    if join.rows_without_clip:
        text += f", which has {_many(join.rows_without_clip, 'more row')}"
    if join.relabelled:
        text += f"; {join.relabelled} had other labels before"
    return text


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
