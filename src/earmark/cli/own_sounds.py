"""A person's own sounds for ``earmark train``: flags, progress, what was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import typer

from earmark.audio import Skipped
from earmark.cli.progress import Progress, spell
from earmark.cli.streams import say
from earmark.errors import UsageError

__all__ = [
    "Adapt",
    "AudioFolder",
    "Background",
    "Classes",
    "Columns",
    "Copies",
    "Fold",
    "Hearing",
    "Separator",
    "Unlabelled",
    "are_own_sounds",
    "check_kind",
    "typed_sounds",
]

AudioFolder = Annotated[
    str | None,
    typer.Option(
        metavar="FOLDER",
        help="Own sounds: where the recordings of a table or of dataset_files are.",
        show_default=False,
    ),
]
Classes = Annotated[
    list[str] | None,
    typer.Option(
        "--class",
        metavar="NAME",
        help="Own sounds: learn this class; give it again for more. All of them if not given.",
        show_default=False,
    ),
]
Background = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Own sounds: this class is none, as background is; give it again for more.",
        show_default=False,
    ),
]
Unlabelled = Annotated[
    Literal["background", "leave_out"] | None,
    typer.Option(
        help="Own sounds: what recordings are where no label is.",
        show_default=False,
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="ROLE=NAME",
        help="Own sounds: which column of the table is the path, start, end, labels, split, fold "
        "or group; =none to use none. Give it again for more.",
        show_default=False,
    ),
]
Separator = Annotated[
    str | None,
    typer.Option(
        metavar="CHARACTER",
        help="Own sounds: what is between the labels in a cell; ; or | if not given.",
        show_default=False,
    ),
]
Fold = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Own sounds: keep this fold of the table for the test.",
        show_default=False,
    ),
]
Copies = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        help="Own sounds: learn from so many altered copies of each recording, too.",
        show_default=False,
    ),
]
Adapt = Annotated[
    Literal["frozen", "refit", "fine-tune"] | None,
    typer.Option(
        help="Own sounds: leave the embedder as it is, refit its last layer to them, or "
        "fine-tune all of it, which takes many minutes.",
        show_default=False,
    ),
]


_FLAGS = {"sounds.classes": "--class", "sounds.columns": "--column", "sounds.adapt.kind": "--adapt"}


def typed_sounds(
    *,
    audio_folder: str | None = None,
    classes: Sequence[str] | None = None,
    background: Sequence[str] | None = None,
    unlabelled: str | None = None,
    columns: Sequence[str] | None = None,
    separator: str | None = None,
    fold: str | None = None,
    copies: int | None = None,
    adapt: str | None = None,
) -> dict[str, Any]:
    """Return what was typed as settings, by their whole names.

    Raises
    ------
    UsageError
        If a column is not written as ROLE=NAME.
    """
    return {
        "sounds.audio_folder": audio_folder,
        "sounds.classes": list(classes) if classes else None,
        "sounds.background": list(background) if background else None,
        "sounds.unlabelled": unlabelled,
        "sounds.columns": dict(_columns(columns)) if columns else None,
        "sounds.separator": separator,
        "sounds.fold": fold,
        "sounds.copies": copies,
        "sounds.adapt.kind": adapt,
    }


def are_own_sounds(data: Sequence[str], *, columns: bool = False) -> bool:
    """Whether what is to be learnt from are recordings, and no embedding sets.

    Parameters
    ----------
    data : sequence of str
        As typed.
    columns : bool
        Whether it was typed what the columns of a table are.

    Raises
    ------
    UsageError
        If there are more than one of them.
    """
    from earmark.training.sounds import is_sounds

    found = [name for name in data if is_sounds(name, columns=columns)]
    if found and len(data) > 1:
        raise UsageError(
            f"--data {found[0]} holds recordings, and only one such is learnt from at a time: put "
            "them into one folder, or name them in one table"
        )
    return bool(found)


def check_kind(own: bool, *, sounds: Mapping[str, Any], of_sets: Mapping[str, Any]) -> None:
    """Refuse flags that are for data of the other kind.

    Parameters
    ----------
    own : bool
        Whether it is a person's own sounds that are learnt from.
    sounds : mapping
        What was typed of them, as `typed_sounds` has it.
    of_sets : mapping
        What was typed of embedding sets, by flag.

    Raises
    ------
    UsageError
        If there is such a flag, naming it.
    """
    for flag, value in of_sets.items():
        if own and value:
            raise UsageError(f"{flag} is for embedding sets, and --data holds recordings")
    for name, value in sounds.items():
        if not own and value is not None:
            flag = _FLAGS.get(name, "--" + name.removeprefix("sounds.").replace("_", "-"))
            raise UsageError(
                f"{flag} is for recordings, and --data holds none that are labelled: see "
                "docs/own-sounds.md"
            )


class Hearing:
    """Shows on stderr how recordings are read, and what was left out."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._progress = Progress()
        self._progress.visible &= not quiet
        self._quiet = quiet
        self.left_out: list[Skipped] = []
        """What could not be read."""

    def begin(self, total: int) -> None:
        """Begin with the recordings, or with their copies."""
        before, self._progress = self._progress, Progress(total=total)
        self._progress.visible = before.visible
        before.hide()

    @property
    def under_way(self) -> bool:
        """Whether there are recordings still to be read."""
        return self._progress.total is not None and self._progress.finished < self._progress.total

    def interrupted(self) -> None:
        """Say how to go on."""
        self._progress.hide()
        say(
            f"interrupted after {self._progress.finished} of {self._progress.total} recordings: "
            "what was heard is kept; give the same command to go on from there"
        )

    def heard(self, name: str, seconds: float, length: float | None) -> None:
        """Move the line along."""
        self._progress.heard(name, seconds, length)

    def done(self, name: str) -> None:
        """Move the line along; at the end say how long it took."""
        progress = self._progress
        progress.done(name)
        if progress.finished == progress.total and progress.seconds:
            self.told(
                f"heard {spell(progress.seconds)} of sound in {spell(progress.elapsed)} "
                f"({progress.seconds / max(progress.elapsed, 1e-3):.0f}x real time)"
            )

    def skipped(self, skipped: Skipped) -> None:
        """Keep in mind what is left out."""
        self.left_out.append(skipped)

    def note(self, text: str) -> None:
        """Say what a person should know."""
        self._progress.hide()
        say(f"note: {text}")

    def told(self, text: str) -> None:
        """Say how it goes."""
        self._progress.hide()
        if not self._quiet:
            say(text, softly=True)

    def report(self) -> int:
        """Name what was left out.

        Returns
        -------
        int
            The exit code: 1 if anything was.
        """
        self._progress.hide()
        if self.left_out:
            say(f"left out: {len(self.left_out)}")
        for each in self.left_out:
            say(f"  {each}")
        return 1 if self.left_out else 0


def _columns(typed: Sequence[str]) -> Iterator[tuple[str, str]]:
    for text in typed:
        role, is_one, name = text.partition("=")
        if not (is_one and role.strip() and name.strip()):
            raise UsageError(f"--column {text} is not ROLE=NAME, as in labels=category")
        yield role.strip(), name.strip()
