"""Which formats there are, and which one a file has."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from earmark.embedders.identity import Identity
from earmark.errors import DataError, UsageError
from earmark.formats.embedding_set import EmbeddingSet, OnDamage
from earmark.formats.npy import Values
from earmark.formats.record_files import is_records

__all__ = ["FORMATS", "Format", "FormatName", "Values", "format_of", "read", "stream", "write"]

FormatName = Literal["tfrecord", "hdf5", "parquet", "lance", "npz", "npy", "csv"]


_ARCHIVES = (".tar", ".tar.gz", ".tgz")


@dataclass(frozen=True)
class Format:
    """One way to keep an embedding set on disk."""

    name: FormatName
    """What it is called."""
    suffixes: tuple[str, ...]
    """How its files' names end."""
    module: str
    """Which module of this package reads and writes it."""
    extra: str | None = None
    """What to install for it, if the plain package does not do."""
    has_embeddings: bool = True
    """Whether it can be read as a set."""


FORMATS: dict[FormatName, Format] = {
    "tfrecord": Format(
        "tfrecord",
        (".tfrecord", *_ARCHIVES),
        "tfrecord",
        extra="formats",
    ),
    "hdf5": Format("hdf5", (".h5", ".hdf5"), "hdf5", extra="formats"),
    "parquet": Format("parquet", (".parquet",), "parquet", extra="formats"),
    "lance": Format("lance", (".lance",), "lance", extra="archive"),
    "npz": Format("npz", (".npz",), "npz"),
    "npy": Format("npy", (".npy",), "npy"),
    "csv": Format("csv", (".csv",), "segments", has_embeddings=False),
}
"""All of them, by name. Their modules are imported when they are used: some need much."""

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def stream(
    paths: Paths,
    *,
    format: FormatName | None = None,
    chunk: int = 4096,
    identity: Identity | None = None,
    on_damage: OnDamage | None = None,
    split: str | None = None,
    values: Values = "kong",
) -> Iterator[EmbeddingSet]:
    """Read embedding sets piece by piece, in constant memory.

    Parameters
    ----------
    paths : path or sequence of paths
        Files, folders, archives of TFRecord files, patterns. A folder stands for all files in it
        that have one of the formats, in order of their names.
    format : str, optional
        What they are; by their names if not given.
    chunk : int
        How many clips to give at once, at most.
    identity : Identity, optional
        The embedder, where a file does not say; AudioSet's if not given.
    on_damage : callable, optional
        Is told of each damaged record, while the others are read. Without it the first is an error.
    split : str, optional
        Of TFRecord files: only those in folders of this name, as ``bal_train``.
    values : {"kong", "youtube8m", "embeddings"}
        Of ``.npy`` blocks: what their numbers are.

    Yields
    ------
    EmbeddingSet
        Chunks of all of them, one file after the other.

    Raises
    ------
    DataError
        If something is missing, damaged, or not what it should be.
    ModelError
        If a file says that another embedder made it than `identity`.
    UsageError
        If a name does not tell the format, or what reads it is not installed.
    """
    if chunk < 1:
        raise UsageError(f"chunk must be 1 or more, not {chunk}")
    many = [paths] if isinstance(paths, str | os.PathLike) else paths
    found = [each for path in many for each in _resolve(os.fspath(path), format)]
    for name, group in groupby(found, key=lambda each: each[0].name):
        # TFRecord files are small and many: they are read faster together than one by one.
        each = [path for _, path in group]
        for path in [each] if name == "tfrecord" else each:
            more: dict[str, Any] = {"values": values} if name == "npy" else {}
            if split is not None:
                if name != "tfrecord":
                    raise UsageError(
                        f"{path} has no split {split!r}: only folders and archives of TFRecord "
                        "files do"
                    )
                more["split"] = split
            yield from _module(FORMATS[name]).stream(
                path, chunk=chunk, identity=identity, on_damage=on_damage, **more
            )


def read(
    paths: Paths,
    *,
    format: FormatName | None = None,
    identity: Identity | None = None,
    on_damage: OnDamage | None = None,
    split: str | None = None,
    values: Values = "kong",
) -> EmbeddingSet:
    """Read embedding sets at once, as one.

    Parameters
    ----------
    paths, format, identity, on_damage, split, values
        As for `stream`, as are errors.

    Raises
    ------
    DataError
        Also if they have different label tables.
    ModelError
        Also if different embedders made them.

    Examples
    --------
    >>> read("features.tar.gz", split="eval")  # doctest: +SKIP
    EmbeddingSet(20371 clips of vggish 1)
    """
    chunks = list(
        stream(
            paths,
            format=format,
            identity=identity,
            on_damage=on_damage,
            split=split,
            values=values,
        )
    )
    # A file without clips says who made none of them; that need not go with the others.
    full = [chunk for chunk in chunks if len(chunk)] or chunks
    return EmbeddingSet.concatenate(full) if full else EmbeddingSet.empty()


def write(
    path: str | os.PathLike[str],
    chunks: EmbeddingSet | Iterable[EmbeddingSet],
    *,
    format: FormatName | None = None,
) -> None:
    """Write an embedding set; it appears at `path` when it is complete.

    Parameters
    ----------
    path : path
        Where to. What is there stays until the new file is whole.
    chunks : EmbeddingSet or iterable of EmbeddingSet
        All of it, or piece by piece.
    format : str, optional
        By the path's name if not given. ``csv`` keeps ids, times and labels only.

    Raises
    ------
    DataError
        If it cannot be written, as on a full disk, or the chunks do not belong together.
    UsageError
        If the name does not tell the format, or what writes it is not installed.
    """
    pieces = [chunks] if isinstance(chunks, EmbeddingSet) else chunks
    _module(format_of(path, format)).write(Path(path), pieces)


def format_of(path: str | os.PathLike[str], format: FormatName | None = None) -> Format:
    """Say which format a file is to be written in.

    Parameters
    ----------
    path : path
    format : str, optional
        By the path's name if not given.

    Raises
    ------
    UsageError
        If the name does not tell.
    """
    name = os.fspath(path)
    if format is not None:
        return FORMATS[format]
    kind = _by_name(name)
    if kind is None or name.lower().endswith(_ARCHIVES):
        raise UsageError(f"{name} may be of any format: {_known(writing=True)}")
    return kind


def _resolve(name: str, format: FormatName | None) -> Iterator[tuple[Format, str]]:
    """Find what a name stands for."""
    if not os.path.lexists(name) and glob.has_magic(name):
        matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207, Path takes no absolute pattern
        if not matches:
            raise DataError(f"{name} matches nothing: check the pattern")
        of_records = all(is_records(os.path.basename(match)) for match in matches)  # noqa: PTH119
        if format == "tfrecord" or (format is None and of_records):
            yield FORMATS["tfrecord"], name  # all at once, as AudioSet has thousands
            return
        for match in matches:
            yield from _resolve(match, format)
        return
    path = Path(name)
    if not path.exists():
        raise DataError(f"{name} does not exist: check the name")
    kind = FORMATS[format] if format is not None else _by_name(name)
    if path.is_dir() and kind is not FORMATS["lance"]:
        yield from _in_folder(path, None if format is None else kind)
        return
    if kind is None:
        raise UsageError(f"{name} may be of any format: {_known()}")
    if not kind.has_embeddings:
        raise UsageError(f"{name} is a list of segments, without embeddings: see --segments")
    yield kind, name


def _in_folder(folder: Path, wanted: Format | None) -> Iterator[tuple[Format, str]]:
    """Find all that is in a folder; TFRecord files and blocks are read a folder at a time."""
    if (folder / "_versions").is_dir() and wanted is None:
        yield FORMATS["lance"], str(folder)
        return
    found: dict[tuple[Format, str], None] = {}
    for place, folders, names in os.walk(folder):
        seen = [name for name in folders if not name.startswith(".")]
        lance = [name for name in seen if name.lower().endswith(".lance")]
        folders[:] = sorted(set(seen) - set(lance))
        for name in sorted([*names, *lance]):
            kind = None if name.startswith(".") else _by_name(name)
            if kind is None or not kind.has_embeddings or wanted not in (None, kind):
                continue
            if kind.name == "tfrecord":
                if is_records(name):
                    found[kind, str(folder)] = None
            else:
                found[kind, place if kind.name == "npy" else str(Path(place, name))] = None
    if not found:
        raise DataError(f"{folder} holds no embedding set: {_known()}")
    yield from found


def _by_name(name: str) -> Format | None:
    """Return the format that a name stands for."""
    if is_records(os.path.basename(name)):  # noqa: PTH119, a pattern is no path
        return FORMATS["tfrecord"]
    known = (kind for kind in FORMATS.values() if name.lower().rstrip("/").endswith(kind.suffixes))
    return next(known, None)


def _known(*, writing: bool = False) -> str:
    kinds = [kind for kind in FORMATS.values() if writing or kind.has_embeddings]
    return (
        f"name it {', '.join(kind.suffixes[0] for kind in kinds[:-1])} or {kinds[-1].suffixes[0]}, "
        f"or say which ({', '.join(kind.name for kind in kinds)})"
    )


def _module(kind: Format) -> Any:
    try:
        return import_module(f"earmark.formats.{kind.module}")
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("", "earmark"):
            raise
        raise UsageError(
            f"{kind.name} needs {missing}: pip install 'earmark[{kind.extra}]'"
        ) from error
