"""From files of embeddings to what a run learns from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from earmark.bundle import Bundle
from earmark.errors import DataError
from earmark.formats import EmbeddingSet, FormatName, Values, stream
from earmark.formats.embedding_set import OnDamage
from earmark.formats.joining import Join
from earmark.formats.segments import read as segment_list
from earmark.training.data import TrainingData
from earmark.training.settings import TrainSettings

__all__ = ["read_sets"]

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def read_sets(
    paths: Paths,
    settings: TrainSettings,
    *,
    validation: Paths | None = None,
    test: Paths | None = None,
    segments: Sequence[Path] = (),
    embedder: str | None = None,
    format: FormatName | None = None,
    values: Values = "kong",
    on_damage: OnDamage | None = None,
) -> TrainingData:
    """Read embedding sets to train on.

    Parameters
    ----------
    paths : path or sequence of paths
        Files, folders, patterns, AudioSet's archive; see `earmark.formats.read`.
    settings : TrainSettings
        Which splits of an archive to train, validate and measure on.
    validation, test : path or sequence of paths, optional
        Where they are, if not in the same files.
    segments : sequence of Path
        Lists that have the clips' times and labels, by id.
    embedder : str, optional
        A tagger by name or its folder, whose embedder goes into the result.
    format, values, on_damage
        As for `earmark.formats.read`.

    Raises
    ------
    EarmarkError
        If anything cannot be read, or the parts do not go together.
    """
    found = Bundle.find(embedder) if embedder is not None else None
    if found is not None:
        found.require_embedder()

    def part(where: Paths, split: str | None, what: str) -> EmbeddingSet:
        chunks = stream(
            where,
            format=format,
            identity=found.config.embedder if found is not None else None,
            on_damage=on_damage,
            split=split,
            values=values,
        )
        clips = _whole(chunks, segments)
        if not len(clips):
            of = f" of split {split!r}" if split else ""
            raise DataError(f"{_spell(where)} has no clips{of} {what}: check --data and --split")
        return clips

    def maybe(where: Paths | None, split: str | None, what: str) -> EmbeddingSet | None:
        if where is None and split is None:
            return None
        return part(paths if where is None else where, split, what)

    wanted = settings.data
    data = TrainingData(
        train=part(paths, wanted.split, "to train on"),
        validation=maybe(validation, settings.validation.split, "to validate on"),
        test=maybe(test, wanted.test, "to measure on"),
        exclusive=wanted.exclusive,
        describe=_describe(paths, wanted.split),
        embedder=found.folder if found is not None else None,
    )
    if found is not None:
        found.config.embedder.require(data.identity, what=_spell(paths))
    return data


def _whole(chunks: Iterator[EmbeddingSet], lists: Sequence[Path]) -> EmbeddingSet:
    """Lay chunks end to end, with times and labels from lists of segments."""
    first = next(chunks, None)
    if first is None:
        return EmbeddingSet.empty()
    joined: Iterator[EmbeddingSet] = chain([first], chunks)
    for path in lists:
        joined = Join(segment_list(path, table=first.table))(joined)
    # A file without clips says who made none of them; that need not go with the others.
    every = list(joined)
    return EmbeddingSet.concatenate([part for part in every if len(part)] or every[:1])


def _spell(paths: Paths) -> str:
    many = [paths] if isinstance(paths, str | os.PathLike) else paths
    return ", ".join(os.fspath(path) for path in many)


def _describe(paths: Paths, split: str | None) -> str:
    """Name the files, without the folders they are in, and the split."""
    many = [paths] if isinstance(paths, str | os.PathLike) else paths
    names = ", ".join(f"`{Path(path).name}`" for path in many)
    return f"embeddings in {names}" + (f", split `{split}`" if split else "")
