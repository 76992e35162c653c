"""What the commands that read recordings share: find them, do the work, say how it went."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from earmark.audio import Skipped, Source, find
from earmark.audio.formats import archive_kind, has_known_extension
from earmark.bundle import Bundle
from earmark.cli.progress import Progress, spell
from earmark.cli.streams import say
from earmark.errors import UsageError
from earmark.processor import cores
from earmark.tagging.batch import process
from earmark.tagging.results import Embeddings, Tagging
from earmark.tagging.tagger import Listener, Tagger

__all__ = ["Batch", "check_output"]

Result = TypeVar("Result", Tagging, Embeddings)
_MOST_JOBS = 8


class Batch:
    """One run over some recordings.

    Parameters
    ----------
    inputs : iterable of str
        As typed.
    bundle : Bundle
        The tagger to use.
    jobs : int, optional
        How many recordings at once; as many as there are cores, and recordings, if not given.
    quiet : bool
        Whether to say nothing unless something fails.
    skip : collection of str
        Recordings that are done already, by their names.
    fast : bool
        Whether to use the tagger's embedder in eight bits.
    """

    def __init__(
        self,
        inputs: Iterable[str],
        *,
        bundle: Bundle,
        jobs: int | None = None,
        quiet: bool = False,
        skip: Collection[str] = (),
        fast: bool = False,
    ) -> None:
        self.progress = Progress()
        self._quiet = quiet
        self._skip = skip
        self._skipped: list[Skipped] = []
        self._notes: list[str] = []
        self._read = 0
        self._earlier = 0
        self.progress.visible &= not quiet
        found: Iterator[Source | Skipped] = filter(self._is_new, find(inputs))
        if self.progress.visible:
            # To tell how much is left one has to know how much there is.
            everything = list(found)
            self.progress.total = len(everything)
            found = iter(everything)
        first = list(islice(found, 2))
        self._sources = chain(first, found)
        self._jobs = jobs or (min(cores(), _MOST_JOBS) if len(first) > 1 else 1)
        # Decoding needs it in a moment, and the networks load without Python's lock meanwhile.
        threading.Thread(target=import_module, args=("av",)).start()
        alone = self._jobs == 1
        threads = None if alone else max(1, cores() // self._jobs)
        self._tagger = Tagger(bundle, threads=threads, read_ahead=alone, fast=fast)

    def results(
        self, work: Callable[[Tagger, Source, Listener], Result], *, count: bool = True
    ) -> Iterator[Result]:
        """Do the work and give what comes of it, in order; what is skipped is remembered.

        Parameters
        ----------
        work : callable
        count : bool
            Whether a recording counts as read when it is given. Otherwise `count` is to be called
            when what came of it is out, so that Ctrl-C between the two does not count it.
        """
        for result in process(
            self._sources,
            lambda source, listener: work(self._tagger, source, listener),
            jobs=self._jobs,
            listener=lambda source, *heard: self.progress.heard(source.name, *heard),
        ):
            if isinstance(result, Skipped):
                self._skipped.append(result)
                self.progress.done(result.name)
            else:
                if count:
                    self.count()
                self._notes += [f"{result.source}: {note}" for note in result.notes]
                yield result
                self.progress.done(result.source)

    def count(self) -> None:
        """Count one more recording as read."""
        self._read += 1

    def report(self, *, interrupted: str | None = None) -> int:
        """Say on stderr what was read and what was skipped and why.

        Parameters
        ----------
        interrupted : str, optional
            If Ctrl-C ended the run: what became of the output.

        Returns
        -------
        int
            The exit code.
        """
        self.progress.hide()
        if interrupted is not None:
            say(f"interrupted; {self._summary()}; {interrupted}")
        elif not self._quiet or self._skipped or self._notes:
            say(self._summary(), softly=True)
        for heading, lines in (
            ("read in spite of damage", self._notes),
            ("skipped", [str(skipped) for skipped in self._skipped]),
        ):
            if lines:
                say(f"{heading}: {len(lines)}")
            for line in lines:
                say(f"  {line}")
        if interrupted is not None:
            return 130
        return 1 if self._skipped else 0

    def _summary(self) -> str:
        seconds, elapsed = self.progress.seconds, self.progress.elapsed
        text = f"read {self._read} recording{'' if self._read == 1 else 's'}"
        if self._read:
            text += f", {spell(seconds)} of sound in {spell(elapsed)}"
            text += f" ({seconds / max(elapsed, 1e-3):.0f}x real time)"
        if self._earlier:
            text += f"; {self._earlier} were done before"
        return text

    def _is_new(self, source: Source | Skipped) -> bool:
        earlier = source.name in self._skip
        self._earlier += earlier
        return not earlier


def check_output(path: Path | None) -> None:
    """Refuse to write results where a recording may be.

    Raises
    ------
    UsageError
        If the file is named like a recording or an archive of them.
    """
    if path is not None and (has_known_extension(path.name) or archive_kind(path.name)):
        raise UsageError(f"--output {path} is named like a recording: results go to another file")
