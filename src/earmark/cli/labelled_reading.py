"""Clips with labels, read for `evaluate` while taggers score them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path

from earmark.bundle import Bundle, shipped
from earmark.cli.converting import Conversion, identity_of
from earmark.cli.streams import say
from earmark.errors import DataError, UsageError
from earmark.evaluation.predicting import predict_all
from earmark.evaluation.prediction_files import READABLE
from earmark.evaluation.predictions import Predictions
from earmark.evaluation.truth import Labelled
from earmark.formats import EmbeddingSet, FormatName, segments, stream

__all__ = ["Reading", "sort_out"]


class Reading:
    """Reads clips with labels, and says at the end what was read and left out.

    Parameters
    ----------
    data : sequence of str
        Embedding sets, or lists of segments.
    source, split, segments, embedder, quiet
        As the command has them.
    """

    def __init__(
        self,
        data: Sequence[str],
        *,
        source: FormatName | None,
        split: str | None,
        segments: Sequence[Path],
        embedder: str | None,
        quiet: bool,
    ) -> None:
        self._data = data
        self._source, self._split, self._embedder = source, split, embedder
        self._segments = segments
        self._quiet = quiet
        self._lists = [name for name in data if name.lower().endswith(".csv")]
        self._conversion = Conversion(quiet=quiet)
        self.labelled = Labelled.of([])
        """The clips, after `predictions`."""

    @property
    def name(self) -> str:
        """What was read, for a heading."""
        names = ", ".join(Path(name).name for name in self._data)
        return f"{names}, split {self._split}" if self._split else names

    def predictions(self, bundles: Sequence[Bundle], *, jobs: int | None) -> list[Predictions]:
        """Read all clips, and score them with each tagger.

        Raises
        ------
        UsageError
            If taggers are to score a list of segments, which has no embeddings.
        """
        if self._lists:
            self._read_lists(bundles)
            return []
        parts: list[Labelled] = []
        found: list[list[Predictions]] = [[] for _ in bundles]
        for pieces in predict_all(bundles, self._kept(parts), jobs=jobs):
            for own, piece in zip(found, pieces, strict=True):
                own.append(piece)
        self._conversion.stop()
        # A file without clips says what none of them mean; that need not be what the others say.
        self.labelled = Labelled.concatenate([part for part in parts if len(part)] or parts)
        if not len(self.labelled):
            raise DataError("there are no clips to evaluate on: see what --data and --split name")
        return [Predictions.concatenate(own) for own in found]

    def report(self, written: Sequence[Path] = (), *, interrupted: bool = False) -> int:
        """Say on stderr what was read, what of it was left out, and what was written.

        Returns
        -------
        int
            The exit code.
        """
        if self._lists and interrupted:
            say("interrupted")
            return 130
        code = 0 if self._lists else self._conversion.report(None, interrupted=interrupted)
        if written and not self._quiet:
            say(f"wrote {', '.join(map(str, written))}", softly=True)
        return code

    def _read_lists(self, bundles: Sequence[Bundle]) -> None:
        if bundles or self._segments or len(self._lists) < len(self._data):
            raise UsageError(
                f"--data {self._lists[0]} is a list of segments, without embeddings: give the "
                "embedding set as --data and the list as --segments"
            )
        parts = [Labelled.of_segments(segments.read(Path(name))) for name in self._lists]
        self.labelled = Labelled.concatenate(parts)

    def _kept(self, parts: list[Labelled]) -> Iterator[EmbeddingSet]:
        """Give clips on, and keep their labels."""
        clips = stream(
            list(self._data),
            format=self._source,
            split=self._split,
            identity=None if self._embedder is None else identity_of(self._embedder),
            on_damage=self._conversion.damaged,
        )
        for chunk in self._conversion.through(self._conversion.joined(clips, self._segments)):
            parts.append(Labelled(chunk.ids, chunk.starts, chunk.labels, chunk.table))
            yield chunk


def sort_out(names: Sequence[str], files: Sequence[str]) -> tuple[list[Bundle], list[Path]]:
    """Tell taggers from files of predictions.

    Parameters
    ----------
    names : sequence of str
        Taggers; folders of them, as training with several seeds leaves; files of predictions.
    files : sequence of str
        Files of predictions, or patterns.

    Raises
    ------
    DataError
        If a pattern matches nothing.
    ModelError
        If there is no such tagger.
    UsageError
        If there is neither.
    """
    paths: list[Path] = []
    for pattern in files:
        found = [pattern] if Path(pattern).exists() else sorted(glob(pattern, recursive=True))  # noqa: PTH207
        if not found and has_magic(pattern):
            raise DataError(f"{pattern} matches nothing: check the pattern")
        paths += map(Path, found or [pattern])
    bundles: list[Bundle] = []
    for name in names:
        if Path(name).is_file() and Path(name).suffix.lower() in READABLE:
            paths.append(Path(name))
        else:
            bundles += _taggers(name)
    if not bundles and not paths:
        raise UsageError("nothing is to be evaluated: name a tagger, or a file with --predictions")
    return bundles, paths


def _taggers(name: str) -> list[Bundle]:
    folder = Path(name)
    if name not in shipped() and folder.is_dir() and not (folder / "config.json").exists():
        within = ("*/config.json", "models/main/*/*/config.json", "models/main/*/*/*/config.json")
        found = sorted(path.parent for pattern in within for path in folder.glob(pattern))
        if found:
            return [Bundle.find(path) for path in found]
    return [Bundle.find(name)]
